// A number between two ends, which NaN never is; CLI::Range lets it pass.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

namespace vitrt::cli {

inline CLI::Validator Within(double low, double high) {
  return CLI::Validator(
      [low, high](const std::string& text) {
        double value = 0;
        if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) return std::string();
        char ends[64];
        std::snprintf(ends, sizeof ends, "%g to %g", low, high);
        return "'" + text + "' is not a number from " + ends;
      },
      "");
}

}  // namespace vitrt::cli

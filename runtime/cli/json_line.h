// JSON as the commands print it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace vitrt::cli {

// One line, keys in the order they were written; bytes that are not UTF-8 become U+FFFD.
inline std::string JsonLine(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

// Shortest decimal that reads back as the same fp32, so that JSON shows 0.9, not 0.8999999761581421.
double ShortDecimal(float value);

}  // namespace vitrt::cli

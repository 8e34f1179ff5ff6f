// --threshold, --exit, --exit-policy and --deadline-ms: as typed, then checked against a plan's exits.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "vitrt/exit.h"
#include "vitrt/status.h"

namespace vitrt::line {

struct ExitOptions {
  std::string threshold{}, exit{}, policy{};  // "" as not given
  std::optional<double> deadline_ms{};
};

// Errors: kInvalidArgument, naming the option and what would be right.
Result<RunOptions> ToRunOptions(const ExitOptions& options, std::span<const ExitInfo> exits);

// What to tell where a threshold is 2 or more: it means never, and per cent are meant, most likely.
std::optional<std::string> ThresholdWarning(const RunOptions& run);

const char* PolicyName(ExitPolicy policy);  // "max-prob", "margin", "entropy", "geometric-mean"

}  // namespace vitrt::line

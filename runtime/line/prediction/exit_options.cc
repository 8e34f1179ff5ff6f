#include "runtime/line/prediction/exit_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/closest_name.h"

namespace vitrt::line {
namespace {

constexpr const char* kPolicies[] = {"max-prob", "margin", "entropy", "geometric-mean"};  // by ExitPolicy

std::string ExitNames(std::span<const ExitInfo> exits) {
  std::string names;
  for (const ExitInfo& exit : exits) names += (names.empty() ? "" : ", ") + exit.name;
  return names;
}

Status NoExits(const char* option) {
  return InvalidArgument("the plan has no exits", option, "it computes raw outputs only");
}

Status OneExit(const char* option) {
  return InvalidArgument("the plan has only one exit, which always answers", option, "leave the option out");
}

Status UnknownExit(const std::string& name, const char* option, std::span<const ExitInfo> exits) {
  std::vector<std::string> names = {"last"};
  for (const ExitInfo& exit : exits) names.push_back(exit.name);
  return InvalidArgument("no exit is called '" + name + "'", option,
                         DidYouMean(name, names) + "exits of this plan: " + ExitNames(exits));
}

Result<float> ParseThreshold(const std::string& text) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::isnan(value)) {
    return InvalidArgument("'" + text + "' is not a number", "--threshold", "for example 0.9, or early=0.9");
  }
  return value;
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool IsDigits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// A list without names is refused, so that "0,9" is: in half of Europe that is a number.
Status BareList(const std::vector<std::string>& parts, std::span<const ExitInfo> exits) {
  const std::string by_name = "several thresholds go by name: " + exits[0].name + "=0.9,...";
  if (parts.size() == 2 && IsDigits(parts[0]) && IsDigits(parts[1])) {
    return InvalidArgument("'" + parts[0] + "," + parts[1] + "' is not a number", "--threshold",
                           "with a decimal point it is " + parts[0] + "." + parts[1] + "; " + by_name);
  }
  return InvalidArgument("a list of " + std::to_string(parts.size()) + " thresholds without names", "--threshold",
                         by_name + "; exits of this plan: " + ExitNames(exits));
}

// "0.9" for every exit, or "early=0.9,middle=0.8".
Status ParseThresholds(const std::string& text, std::span<const ExitInfo> exits,
                       std::vector<std::optional<float>>* thresholds) {
  if (exits.empty()) return NoExits("--threshold");
  if (exits.size() == 1) return OneExit("--threshold");
  const std::vector<std::string> parts = Split(text);
  size_t named = 0;
  for (const std::string& part : parts) named += part.find('=') != std::string::npos;
  if (named != 0 && named != parts.size()) {
    return InvalidArgument("some thresholds have an exit's name and some have none", "--threshold",
                           "numbers have a decimal point: " + exits[0].name + "=0.9,...");
  }
  if (named == 0 && parts.size() > 1) return BareList(parts, exits);
  thresholds->resize(exits.size());
  if (named == 0) {
    VITRT_ASSIGN_OR_RETURN(const float all, ParseThreshold(parts[0]));
    std::fill(thresholds->begin(), thresholds->end(), all);
    return {};
  }
  for (const std::string& part : parts) {
    const size_t equals = part.rfind('=');
    const std::string name = part.substr(0, equals);
    size_t index = 0;
    while (index < exits.size() && exits[index].name != name) ++index;
    if (index == exits.size()) return UnknownExit(name, "--threshold", exits);
    if ((*thresholds)[index]) return InvalidArgument("two thresholds for exit '" + name + "'", "--threshold");
    VITRT_ASSIGN_OR_RETURN((*thresholds)[index], ParseThreshold(part.substr(equals + 1)));
  }
  return {};
}

}  // namespace

const char* PolicyName(ExitPolicy policy) { return kPolicies[static_cast<size_t>(policy)]; }

std::optional<std::string> ThresholdWarning(const RunOptions& run) {
  for (const std::optional<float>& threshold : run.thresholds) {
    if (!threshold || !(*threshold >= 2) || std::isinf(*threshold)) continue;
    char text[128];
    std::snprintf(text, sizeof(text), "a threshold of %g means never: confidence is at most 1 (for %g %% give %g)",
                  double{*threshold}, double{*threshold}, double{*threshold} / 100);
    return text;
  }
  return std::nullopt;
}

Result<RunOptions> ToRunOptions(const ExitOptions& options, std::span<const ExitInfo> exits) {
  RunOptions run;
  if (!options.threshold.empty()) VITRT_RETURN_IF_ERROR(ParseThresholds(options.threshold, exits, &run.thresholds));
  if (!options.policy.empty()) {
    if (exits.empty()) return NoExits("--exit-policy");
    for (size_t i = 0; i < std::size(kPolicies); ++i) {
      if (options.policy == kPolicies[i]) run.policy = static_cast<ExitPolicy>(i);
    }
    if (!run.policy)
      return InvalidArgument("'" + options.policy + "' is no policy", "--exit-policy",
                             "max-prob, margin, entropy or geometric-mean");
  }
  if (!options.exit.empty()) {
    if (exits.empty()) return NoExits("--exit");
    run.force_exit = ExitNamed(options.exit, exits);
    if (!run.force_exit) return UnknownExit(options.exit, "--exit", exits);
  }
  if (options.deadline_ms) {
    if (!(*options.deadline_ms > 0) || !std::isfinite(*options.deadline_ms)) {
      return InvalidArgument("the deadline must be a time above 0", "--deadline-ms");
    }
    if (exits.empty()) return NoExits("--deadline-ms");
    if (exits.size() == 1) return OneExit("--deadline-ms");
    run.deadline_ms = options.deadline_ms;
  }
  return run;
}

}  // namespace vitrt::line

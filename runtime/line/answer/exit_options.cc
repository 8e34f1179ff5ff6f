#include "runtime/line/answer/exit_options.h"

#include <charconv>
#include <cmath>
#include <vector>

#include "runtime/base/check.h"

namespace vitrt::line {
namespace {

constexpr const char* kPolicies[] = {"max-prob", "margin", "entropy"};  // by ExitPolicy

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
  return InvalidArgument("no exit is called '" + name + "'", option, "exits of this plan: " + ExitNames(exits));
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

// "0.9" for every exit, "0.9,0.8" in order (the last exit needs none), or "early=0.9,middle=0.8".
Status ParseThresholds(const std::string& text, std::span<const ExitInfo> exits,
                       std::vector<std::optional<float>>* thresholds) {
  if (exits.empty()) return NoExits("--threshold");
  if (exits.size() == 1) return OneExit("--threshold");
  const std::vector<std::string> parts = Split(text);
  size_t named = 0;
  for (const std::string& part : parts) named += part.find('=') != std::string::npos;
  if (named != 0 && named != parts.size())
    return InvalidArgument("some thresholds have an exit's name and some have none", "--threshold");
  thresholds->resize(exits.size());
  if (named == 0) {
    if (parts.size() != 1 && parts.size() != exits.size() && parts.size() + 1 != exits.size()) {
      return InvalidArgument(
          std::to_string(parts.size()) + " thresholds for " + std::to_string(exits.size()) + " exits", "--threshold",
          "give one for all, or one for each of: " + ExitNames(exits));
    }
    for (size_t i = 0; i < exits.size() && (parts.size() == 1 || i < parts.size()); ++i) {
      VITRT_ASSIGN_OR_RETURN((*thresholds)[i], ParseThreshold(parts[parts.size() == 1 ? 0 : i]));
    }
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

Result<RunOptions> ToRunOptions(const ExitOptions& options, std::span<const ExitInfo> exits) {
  RunOptions run;
  if (!options.threshold.empty()) VITRT_RETURN_IF_ERROR(ParseThresholds(options.threshold, exits, &run.thresholds));
  if (!options.policy.empty()) {
    if (exits.empty()) return NoExits("--exit-policy");
    for (size_t i = 0; i < std::size(kPolicies); ++i) {
      if (options.policy == kPolicies[i]) run.policy = static_cast<ExitPolicy>(i);
    }
    if (!run.policy)
      return InvalidArgument("'" + options.policy + "' is no policy", "--exit-policy", "max-prob, margin or entropy");
  }
  if (!options.exit.empty()) {
    if (exits.empty()) return NoExits("--exit");
    for (const ExitInfo& exit : exits) {
      if (exit.name == options.exit) run.force_exit = exit.index;
    }
    if (!run.force_exit && options.exit == "last") run.force_exit = static_cast<int>(exits.size()) - 1;
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

#include "runtime/python/bindings.h"

namespace vitrt::python {

RunOptions ToRunOptions(const PlanInfo& info, const Thresholds& thresholds, const std::optional<std::string>& policy,
                        const std::optional<std::string>& exit, std::optional<double> deadline_ms, bool all_exits) {
  RunOptions options;
  if (const float* all = std::get_if<float>(&thresholds)) options.thresholds.assign(info.exits.size(), *all);
  if (const auto* each = std::get_if<std::vector<std::optional<float>>>(&thresholds)) options.thresholds = *each;
  if (policy) {
    constexpr const char* kPolicies[] = {"max-prob", "margin", "entropy"};  // by ExitPolicy
    for (size_t i = 0; i < std::size(kPolicies); ++i) {
      if (*policy == kPolicies[i]) options.policy = static_cast<ExitPolicy>(i);
    }
    if (!options.policy) throw InvalidArgumentError("policy is max-prob, margin or entropy, not '" + *policy + "'");
  }
  if (exit) {
    for (const ExitInfo& e : info.exits) {
      if (e.name == *exit) options.force_exit = e.index;
    }
    if (!options.force_exit && *exit == "last" && !info.exits.empty()) {
      options.force_exit = static_cast<int>(info.exits.size()) - 1;
    }
    if (!options.force_exit) throw InvalidArgumentError("no exit is called '" + *exit + "'");
  }
  options.deadline_ms = deadline_ms;
  options.all_exits = all_exits;
  return options;
}

}  // namespace vitrt::python

#include "runtime/engine/exit_plan.h"

#include <cmath>
#include <string>

namespace vitrt {
namespace {

uint64_t Bit(int i) { return uint64_t{1} << i; }

Status CheckLists(size_t exits, const RunOptions& o) {
  if (o.thresholds.size() > exits)
    return InvalidArgument("more thresholds (" + std::to_string(o.thresholds.size()) + ") than exits (" +
                           std::to_string(exits) + ")");
  if (o.enabled.size() > exits) return InvalidArgument("more enable flags than exits");
  for (const auto& t : o.thresholds) {
    if (t && std::isnan(*t)) return InvalidArgument("a threshold is not a number");
  }
  if (o.force_exit && (*o.force_exit < 0 || static_cast<size_t>(*o.force_exit) >= exits)) {
    return InvalidArgument("no exit " + std::to_string(*o.force_exit) + ": the plan has " + std::to_string(exits));
  }
  if (o.deadline_ms && !(*o.deadline_ms > 0)) return InvalidArgument("the deadline must be above 0 ms");
  if (o.deadline_ms && (o.force_exit || o.all_exits)) {
    return InvalidArgument("a deadline cannot be kept beside a forced exit or all exits");
  }
  return {};
}

}  // namespace

Result<ExitPlan> PlanExits(const Engine::Impl& engine, const RunOptions& options) {
  const std::vector<ExitInfo>& exits = engine.info.exits;
  if (Status status = CheckLists(exits.size(), options); !status.ok()) return status;
  ExitPlan plan;
  plan.policy = options.policy.value_or(engine.policy);
  for (const ExitInfo& exit : exits) {
    if (plan.policy == ExitPolicy::kGeometricMean && exit.classes != exits.front().classes)
      return InvalidArgument("the geometric mean of exits with different numbers of classes");
  }
  plan.deadline_ms = options.deadline_ms.value_or(0);
  plan.all_exits = options.all_exits;
  plan.last = options.force_exit.value_or(static_cast<int>(exits.size()) - 1);
  for (size_t k = 0; k < exits.size(); ++k) {
    plan.threshold[k] =
        k < options.thresholds.size() && options.thresholds[k] ? *options.thresholds[k] : exits[k].threshold;
    const bool enabled = k < options.enabled.size() && options.enabled[k] ? *options.enabled[k] : exits[k].enabled;
    if (enabled && !options.force_exit) plan.may_decide |= Bit(static_cast<int>(k));
  }
  if (plan.last >= 0) plan.may_decide |= Bit(plan.last);
  const bool to_the_end = !options.force_exit || options.all_exits || plan.last == static_cast<int>(exits.size()) - 1;
  plan.wanted = options.all_exits ? ~uint64_t{0} : plan.may_decide | (to_the_end ? Bit(kRawOutputs) : 0);
  return plan;
}

}  // namespace vitrt

// The memory plan: storages that hold something at the same time lie apart in the arena.
#include <algorithm>
#include <map>
#include <queue>

#include "runtime/base/check.h"
#include "runtime/plan/op_rules.h"

namespace vitrt::plan {
namespace {

// Steps at which a storage is first written and last touched; -1 is the input, before step 0.
struct LiveRange {
  uint32_t storage = 0;
  int64_t first = INT64_MAX, last = INT64_MIN;

  bool used() const { return first != INT64_MAX; }
  void Touch(int64_t step) {
    first = std::min(first, step);
    last = std::max(last, step);
  }
};

std::vector<LiveRange> FindLiveRanges(const Plan& plan, const std::vector<ValueType>& values) {
  std::vector<LiveRange> ranges(plan.storages()->size());
  for (uint32_t i = 0; i < ranges.size(); ++i) ranges[i].storage = i;
  const auto touch = [&](int64_t id, int64_t step) {
    if (id >= 0 && !values[id].constant) ranges[values[id].storage].Touch(step);
  };
  touch(plan.input(), -1);
  for (uint32_t i = 0; i < plan.steps()->size(); ++i) {
    for (int32_t id : *plan.steps()->Get(i)->inputs()) touch(id, i);
    for (int32_t id : *plan.steps()->Get(i)->outputs()) touch(id, i);
  }
  for (const Segment* segment : *plan.segments()) {  // exits are decided after the last step of their segment
    const int64_t last = int64_t{segment->first_step()} + segment->step_count() - 1;
    if (segment->exit() >= 0) touch(plan.exits()->Get(segment->exit())->value(), last);
  }
  for (const auto& output : ListOf(plan.outputs())) touch(output->value(), plan.steps()->size());
  std::erase_if(ranges, [](const LiveRange& range) { return !range.used(); });
  return ranges;
}

}  // namespace

Status ValidateMemory(const Plan& plan, const std::vector<ValueType>& values) {
  std::vector<LiveRange> ranges = FindLiveRanges(plan, values);
  std::sort(ranges.begin(), ranges.end(), [](const LiveRange& a, const LiveRange& b) { return a.first < b.first; });

  // Sweep over time: `occupied` holds the storages alive now, by offset.
  std::map<uint64_t, uint32_t> occupied;
  const auto later = [](const LiveRange* a, const LiveRange* b) { return a->last > b->last; };
  std::priority_queue<const LiveRange*, std::vector<const LiveRange*>, decltype(later)> alive(later);
  const auto end_of = [&](uint32_t storage) {
    return plan.storages()->Get(storage)->offset() + plan.storages()->Get(storage)->bytes();
  };
  for (const LiveRange& range : ranges) {
    while (!alive.empty() && alive.top()->last < range.first) {
      occupied.erase(plan.storages()->Get(alive.top()->storage)->offset());
      alive.pop();
    }
    const uint64_t begin = plan.storages()->Get(range.storage)->offset(), end = end_of(range.storage);
    const auto next = occupied.lower_bound(begin);
    const bool hits_next = next != occupied.end() && next->first < end;
    const bool hits_previous = next != occupied.begin() && end_of(std::prev(next)->second) > begin;
    if (hits_next || hits_previous) {
      const uint32_t other = hits_next ? next->second : std::prev(next)->second;
      return BadPlan("storages " + std::to_string(other) + " and " + std::to_string(range.storage) +
                     " overlap in the arena while both are in use");
    }
    occupied.emplace(begin, range.storage);
    alive.push(&range);
  }
  return {};
}

}  // namespace vitrt::plan

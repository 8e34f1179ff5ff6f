#include "converters/schedule/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace vitrt::convert {
namespace {

bool LiveTogether(const Buffer& a, const Buffer& b) { return a.first <= b.last && b.first <= a.last; }

}  // namespace

MemoryPlan PlanMemory(std::span<const Buffer> buffers) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });

  MemoryPlan plan;
  plan.offsets.resize(buffers.size());
  std::vector<size_t> placed;  // by offset
  for (size_t i : order) {
    int64_t offset = 0;
    for (size_t j : placed) {
      if (!LiveTogether(buffers[i], buffers[j])) continue;
      if (plan.offsets[j] >= offset + Aligned(buffers[i].bytes)) break;  // fits before j
      offset = std::max(offset, plan.offsets[j] + Aligned(buffers[j].bytes));
    }
    plan.offsets[i] = offset;
    plan.arena_bytes = std::max(plan.arena_bytes, offset + Aligned(buffers[i].bytes));
    const auto at = std::upper_bound(placed.begin(), placed.end(), i,
                                     [&](size_t a, size_t b) { return plan.offsets[a] < plan.offsets[b]; });
    placed.insert(at, i);
  }
  return plan;
}

}  // namespace vitrt::convert

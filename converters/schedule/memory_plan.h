// Offsets for buffers that live over intervals of steps: two that live at the same step never overlap.
//
// Greedy by size (Pisarchyk and Lee 2020, "Efficient memory management for deep neural net inference"): the largest
// buffer first, each at the lowest offset that is free during its whole life.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vitrt::convert {

struct Buffer {
  int64_t bytes = 0;
  int first = 0, last = 0;  // steps, inclusive: written at first, read for the last time at last
};

struct MemoryPlan {
  std::vector<int64_t> offsets;  // multiples of kAlignment, one per buffer
  int64_t arena_bytes = 0;
};

inline constexpr int64_t kAlignment = 64;
inline constexpr int64_t Aligned(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

MemoryPlan PlanMemory(std::span<const Buffer> buffers);

}  // namespace vitrt::convert

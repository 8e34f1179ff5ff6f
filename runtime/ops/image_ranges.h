// Shares the work of a batch, `count` units per image, among worker threads and hands it out image by image.
#pragma once

#include <algorithm>

#include "runtime/base/thread_team.h"

namespace vitrt::ops {

// f(image, begin, end, thread), units [begin, end) of one image; parts of at least `grain` units.
template <typename F>
void ForImageRanges(ThreadTeam& team, int64_t images, int64_t count, int64_t grain, F&& f) {
  const auto part = [&](int64_t begin, int64_t end, int thread) {
    while (begin < end) {
      const int64_t image = begin / count, last = std::min(end, (image + 1) * count);
      f(image, begin - image * count, last - image * count, thread);
      begin = last;
    }
  };
  team.For(images * count, grain, part);
}

// The largest grain at which every thread gets a part of `units`.
inline int64_t GrainForTeam(int64_t units, int threads) { return std::max<int64_t>(1, units / threads); }

// Units of `bytes` each that make a part worth handing to another thread.
inline int64_t GrainOf(int64_t bytes) {
  constexpr int64_t kPartBytes = 16384;
  return std::max<int64_t>(1, kPartBytes / std::max<int64_t>(1, bytes));
}

}  // namespace vitrt::ops

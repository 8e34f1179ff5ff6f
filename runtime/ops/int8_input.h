// How LinearI8, ConvI8 and DynamicFakeQuantize come to the range of their input: a row's or an image's own, or a given grid.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/base/thread_team.h"
#include "runtime/kernels/int8.h"
#include "runtime/ops/image_ranges.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::ops {

inline kernels::Int8Range Joined(const kernels::Int8Range& a, const kernels::Int8Range& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high), a.finite && b.finite};
}

// Of x [count] and 0, by the threads of the team; `ranges` has room for one each.
inline kernels::Int8Range RangeOf(ThreadTeam& team, kernels::Int8RangeKernel kernel, const float* x, int64_t count,
                                  kernels::Int8Range* ranges) {
  std::fill_n(ranges, team.threads(), kernels::Int8Range{});
  team.For(count, GrainOf(4), [&](int64_t begin, int64_t end, int thread) {
    ranges[thread] = Joined(ranges[thread], kernel(x + begin, end - begin));
  });
  kernels::Int8Range range;
  for (int t = 0; t < team.threads(); ++t) range = Joined(range, ranges[t]);
  return range;
}

// The same by plain loops.
inline kernels::Int8Range ReferenceRangeOf(const float* x, int64_t count) {
  kernels::Int8Range range;
  for (int64_t i = 0; i < count; ++i) {
    const float v = x[i];
    range = Joined(range, {std::min(v, 0.0f), std::max(v, 0.0f), std::isfinite(v)});
  }
  return range;
}

// The grid of DynamicQuantizeLinear (ONNX). Where some value is not finite its scale is NaN.
inline kernels::Int8Grid GridOf(const kernels::Int8Range& range) {
  if (!range.finite) return {std::numeric_limits<float>::quiet_NaN(), 0};
  const float step = (range.high - range.low) / 255;
  const float scale = step > 0 ? step : 1;
  return {scale, static_cast<int32_t>(std::clamp(std::nearbyint(-range.low / scale), 0.0f, 255.0f))};
}

template <typename Op>  // plan::LinearI8 or plan::ConvI8
kernels::Int8Grid GivenGrid(const Op& op) {
  return {op.input_scale(), op.input_zero()};
}

}  // namespace vitrt::ops

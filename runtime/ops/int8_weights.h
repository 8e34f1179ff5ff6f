// What LinearI8 and ConvI8 share: constants (inputs 1 weight, 5 scale, 6 column sums, 7 runs), sizes of scratch memory.
#pragma once

#include <algorithm>
#include <cmath>

#include "runtime/base/checked_math.h"
#include "runtime/ops/op_impl.h"

namespace vitrt::ops {

// Smallest multiple of `unit` (a power of two) that is >= size >= 0.
inline int64_t UpTo(int64_t size, int64_t unit) {
  return static_cast<int64_t>(AlignUp(static_cast<uint64_t>(size), static_cast<uint64_t>(unit)));
}

template <typename Args>  // kernels::Int8GemmArgs or Int8ConvArgs
void TakeInt8Weights(const OpContext& c, Args* args) {
  args->b = reinterpret_cast<const int8_t*>(c.inputs[1].constant_data);
  args->b_scale = c.inputs[5].constant_f32();
  args->column_sums = reinterpret_cast<const int32_t*>(c.inputs[6].constant_data);
  args->runs = reinterpret_cast<const int32_t*>(c.inputs[7].constant_data);
}

inline Status CheckInt8Scales(const OpContext& c) {
  const float* scale = c.inputs[5].constant_f32();
  const bool sound = std::all_of(scale, scale + c.inputs[5].size(), [](float s) { return std::isfinite(s) && s > 0; });
  return sound ? Status() : BadPlan("a scale of the int8 weights is not finite or not above 0");
}

}  // namespace vitrt::ops

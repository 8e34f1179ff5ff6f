// y = x with its axes permuted: axis i of y is axis perm[i] of x. Any element type.
#pragma once

#include <span>

#include "runtime/kernels/ref/shape.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct TransposeArgs {
  plan::DType dtype = plan::DType::F32;
  Shape x_dims;
  std::span<const int32_t> perm = {};  // x_dims.rank entries
  const void* x = nullptr;
  void* y = nullptr;
};
void Transpose(const TransposeArgs& args);

}  // namespace vitrt::kernels::ref

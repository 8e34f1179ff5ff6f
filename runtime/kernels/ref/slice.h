// y[i...] = x[starts + i * steps], every axis; steps may be negative. All positions lie inside x.
#pragma once

#include <span>

#include "runtime/kernels/ref/shape.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct SliceArgs {
  plan::DType dtype = plan::DType::F32;
  Shape x_dims, y_dims;
  std::span<const int64_t> starts = {}, steps = {};  // rank entries; starts >= 0
  const void* x = nullptr;
  void* y = nullptr;
};
void Slice(const SliceArgs& args);

}  // namespace vitrt::kernels::ref

// Concatenation, one input at a time: each call writes its own part of y.
#pragma once

#include "runtime/kernels/ref/shape.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct ConcatArgs {
  plan::DType dtype = plan::DType::F32;
  Shape x_dims;        // equal to y's but along axis
  int axis = 0;        // >= 0
  int64_t y_axis = 0;  // size of the axis in y
  int64_t begin = 0;   // where x starts along the axis in y
  const void* x = nullptr;
  void* y = nullptr;
};
void ConcatPart(const ConcatArgs& args);

}  // namespace vitrt::kernels::ref

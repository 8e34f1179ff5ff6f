// y = condition ? a : b, NumPy broadcasting, any element type.
#pragma once

#include "runtime/kernels/ref/shape.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct WhereArgs {
  plan::DType dtype = plan::DType::F32;  // of a, b and y
  Shape condition_dims, a_dims, b_dims, y_dims;
  const uint8_t* condition = nullptr;
  const void* a = nullptr;
  const void* b = nullptr;
  void* y = nullptr;
};
void Where(const WhereArgs& args);

}  // namespace vitrt::kernels::ref

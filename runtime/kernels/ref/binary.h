// y = fn(x, z) for every plan::BinaryFn, NumPy broadcasting.
#pragma once

#include "runtime/kernels/ref/shape.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct BinaryArgs {
  plan::BinaryFn fn = plan::BinaryFn::Add;
  plan::DType dtype = plan::DType::F32;  // of x and z
  Shape x_dims, z_dims, y_dims;
  const void* x = nullptr;
  const void* z = nullptr;
  void* y = nullptr;
};

// F32, I32, I64: all but And, Or, Xor (Div of integers truncates, by zero is 0; PRelu is x < 0 ? z * x : x).
// Bool: Equal, And, Or, Xor.
// y is Bool for comparisons and logic, else of the type of x.
void Binary(const BinaryArgs& args);

}  // namespace vitrt::kernels::ref

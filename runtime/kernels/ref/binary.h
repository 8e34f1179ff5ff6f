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
bool BinarySupports(plan::BinaryFn fn, plan::DType dtype);
// Bool for comparisons and logic, else the type of x.
plan::DType BinaryResult(plan::BinaryFn fn, plan::DType dtype);
void Binary(const BinaryArgs& args);  // of a supported pair

}  // namespace vitrt::kernels::ref

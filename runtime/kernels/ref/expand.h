// Repetition: NumPy broadcast of x to y_dims, and Tile, which repeats whole axes. Any element type.
#pragma once

#include "runtime/kernels/ref/shape.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct ExpandArgs {
  plan::DType dtype = plan::DType::F32;
  Shape x_dims, y_dims;  // Tile: equal ranks, y_dims[i] = x_dims[i] * repeats[i]
  const void* x = nullptr;
  void* y = nullptr;
};
void Expand(const ExpandArgs& args);
void Tile(const ExpandArgs& args);

}  // namespace vitrt::kernels::ref

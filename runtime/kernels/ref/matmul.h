// y[..., m, n] = a[..., m, k] * b[..., k, n], leading axes broadcast as in NumPy.
#pragma once

#include "runtime/kernels/ref/shape.h"

namespace vitrt::kernels::ref {

struct MatMulArgs {
  Shape a_dims, b_dims, y_dims;  // of rank >= 2, y_dims the broadcast result
  bool transpose_b = false;      // b is [..., n, k]
  const float* a = nullptr;
  const float* b = nullptr;
  float* y = nullptr;
};
void MatMul(const MatMulArgs& args);

}  // namespace vitrt::kernels::ref

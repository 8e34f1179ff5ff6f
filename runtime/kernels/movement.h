// Layout: the 2-D transpose. Any permutation of axes is made of it, see permute.h.
#pragma once

#include <cstdint>

namespace vitrt::kernels {

// y[c, r] = x[r, c]; x row pitch x_ld, y row pitch y_ld, 4-byte elements.
struct TransposeArgs {
  int64_t rows = 0, columns = 0;
  const float* x = nullptr;
  int64_t x_ld = 0;
  float* y = nullptr;
  int64_t y_ld = 0;
};
using TransposeKernel = void (*)(const TransposeArgs& args);

}  // namespace vitrt::kernels

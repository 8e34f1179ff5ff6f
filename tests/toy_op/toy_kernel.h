// Step 4: the reference kernel, y = factor * x.
#pragma once

#include <cstdint>

namespace vitrt::kernels::ref {

inline void Toy(float factor, const float* x, float* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) y[i] = factor * x[i];
}

}  // namespace vitrt::kernels::ref

// What a linear layer or convolution does to its sums before they leave the registers.
#pragma once

#include <cstdint>

namespace vitrt::kernels {

// Values equal plan.fbs UnaryFn; the subset that kernels apply, all but Erf and FakeQuantize in an epilogue, too.
enum class Fn : uint8_t {
  kIdentity = 0,
  kRelu = 1,
  kLeakyRelu = 2,
  kGeluErf = 4,
  kGeluTanh = 5,
  kSigmoid = 6,
  kHardSigmoid = 7,
  kHardSwish = 8,
  kSilu = 9,
  kTanh = 10,
  kClip = 11,
  kErf = 17,
  kFakeQuantize = 43,
};

// y[m, n] = fn(acc[m, n] + bias[n] + row_bias[m mod row_period, n]) + residual[m mod residual_period, n]
struct Epilogue {
  const float* bias = nullptr;      // [n]
  const float* row_bias = nullptr;  // [row_period, n], contiguous
  int64_t row_period = 1;
  const float* residual = nullptr;  // row pitch residual_ld; may be the destination itself (same rows, same pitch)
  int64_t residual_ld = 0;
  int64_t residual_period = 0;  // 0: one residual row per row
  Fn fn = Fn::kIdentity;
  float alpha = 0, beta = 0;
};

}  // namespace vitrt::kernels

// Row-wise kernels: normalisation, softmax, elementwise functions, on [rows, channels] matrices.
#pragma once

#include <cstdint>

#include "runtime/kernels/epilogue.h"

namespace vitrt::kernels {

// y = (x - mean) / sqrt(var + epsilon) * gamma + beta per row; two-pass mean and variance. rms: no mean, no beta.
struct LayerNormArgs {
  int64_t rows = 0, channels = 0;
  const float* x = nullptr;
  int64_t x_ld = 0;
  float* y = nullptr;
  int64_t y_ld = 0;  // may be x
  const float* gamma = nullptr;
  const float* beta = nullptr;  // [channels] or nullptr
  float epsilon = 0;
  bool rms = false;
};
using LayerNormKernel = void (*)(const LayerNormArgs& args);

struct SoftmaxArgs {
  int64_t rows = 0, channels = 0;
  const float* x = nullptr;
  float* y = nullptr;
  bool log = false;
};  // contiguous; y may be x
using SoftmaxKernel = void (*)(const SoftmaxArgs& args);

// y[i] = fn(x[i]); contiguous, y may be x.
using UnaryKernel = void (*)(Fn fn, float alpha, float beta, const float* x, float* y, int64_t count);

// The binary functions that have a vector kernel, values as in plan.fbs BinaryFn.
enum class Arithmetic : uint8_t { kAdd = 0, kSub = 1, kMul = 2, kDiv = 3, kMin = 5, kMax = 6 };
// y[r, c] = x[r, c] (op) z[r * z_row_stride + c * z_column_stride], strides in elements, z_column_stride 0 or 1.
struct BinaryArgs {
  Arithmetic op = Arithmetic::kAdd;
  int64_t rows = 0, channels = 0;
  const float* x = nullptr;  // contiguous
  const float* z = nullptr;
  int64_t z_row_stride = 0, z_column_stride = 1;
  bool swapped = false;  // y = z (op) x
  float* y = nullptr;    // contiguous; may be x
};
using BinaryKernel = void (*)(const BinaryArgs& args);

// y[c] = scale * fn over rows of x[r, c]  (token mean, global pooling), folded in a fixed order. A column with a NaN gives NaN.
enum class ColumnFn { kSum, kMax, kMin };
struct ColumnReduceArgs {
  ColumnFn fn = ColumnFn::kSum;
  int64_t rows = 0, channels = 0;
  const float* x = nullptr;
  int64_t x_ld = 0;
  float scale = 1;
  float* y = nullptr;
};
using ColumnReduceKernel = void (*)(const ColumnReduceArgs& args);

}  // namespace vitrt::kernels

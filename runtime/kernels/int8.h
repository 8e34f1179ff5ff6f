// Linear layers on 8-bit integers: rows quantised to u8 as they are read, int8 weights, exact int32 sums.
#pragma once

#include <cstdint>

#include "runtime/kernels/gemm.h"

namespace vitrt::kernels {

inline constexpr int64_t kGroupK = 4;    // values of k whose products an instruction adds up
inline constexpr int64_t kRunBlock = 4;  // groups that one entry of Int8GemmArgs::runs speaks of

// q[r, i] = clamp(round(x[r, i] / scale[r]) + zero[r], 0, 255), with scale[r] = (max - min) / 255 and zero[r] =
// round(-min / scale[r]) over the row and 0. The same bytes on every tier. A row with NaN or infinity has a scale of
// NaN or infinity, and so has its result.
struct QuantizeArgs {
  int64_t k = 0;
  const float* x = nullptr;
  int64_t x_ld = 0;
  uint8_t* q = nullptr;
  int64_t q_ld = 0;  // at least k rounded up to 16; bytes behind k are written too
  float* scale = nullptr;
  int32_t* zero = nullptr;
};
using QuantizeKernel = void (*)(const QuantizeArgs& args, int64_t row_begin, int64_t row_end);

// C = epilogue(a_scale[m] * b_scale[n] * sum over k of (a[m, k] - a_zero[m]) * b[k, n]).
// a: [m, k] with pitch lda, readable up to k rounded up to 4. b: [ceil(n/16)][ceil(k/4)][16][4], zero-filled, 64-byte
// aligned. column_sums[n] = sum over k of b[k, n]. runs: [ceil(n/16)][ceil(ceil(k/4)/4)], one value for each block of
// four groups of four k: 1, 2 or 4 where the sums of the products of so many groups fit int16 (int8_runs.h has the
// proof); 0 where not even one does. Sums are exact: k <= kMaxInt8K.
struct Int8GemmArgs {
  int64_t m = 0, n = 0, k = 0;
  const uint8_t* a = nullptr;
  int64_t lda = 0;
  const float* a_scale = nullptr;
  const int32_t* a_zero = nullptr;
  const int8_t* b = nullptr;
  const float* b_scale = nullptr;
  const int32_t* column_sums = nullptr;
  const int32_t* runs = nullptr;
  float* c = nullptr;
  int64_t ldc = 0;
  Epilogue epilogue;
};
using Int8GemmKernel = void (*)(const Int8GemmArgs& args, const GemmBlock& block);

inline constexpr int64_t kMaxInt8K = 65536;  // 65536 * 255 * 128 < 2^31

struct Int8Kernels {
  const char* name;   // of the way its products are made: "pmaddubsw", "vpdpbusd"
  int64_t gemm_rows;  // rows of the register tile
  QuantizeKernel quantize;
  Int8GemmKernel gemm;
};

}  // namespace vitrt::kernels

// Linear layers and convolutions on 8-bit integers: rows or maps quantised to u8 as they are read, int8 weights, exact
// int32 sums.
#pragma once

#include <cstdint>

#include "runtime/kernels/conv.h"
#include "runtime/kernels/gemm.h"

namespace vitrt::kernels {

inline constexpr int64_t kGroupK = 4;    // values of k whose products an instruction adds up
inline constexpr int64_t kRunBlock = 4;  // groups that one entry of Int8GemmArgs::runs speaks of

// What bytes stand for: q = clamp(round(x / scale) + zero, 0, 255), x = scale * (q - zero).
struct Int8Grid {
  float scale = 1;
  int32_t zero = 0;
};

// q[r, i] = clamp(round(x[r, i] / scale[r]) + zero[r], 0, 255), on the given grid or on one of the row's own: scale[r] =
// (max - min) / 255 and zero[r] = round(-min / scale[r]) over the row and 0. The same bytes on every tier. A row with NaN
// or infinity has a scale of NaN or infinity, and so has its result.
struct QuantizeArgs {
  int64_t k = 0;
  const float* x = nullptr;
  int64_t x_ld = 0;
  uint8_t* q = nullptr;
  int64_t q_ld = 0;  // at least k rounded up to 16; bytes behind k are written too
  float* scale = nullptr;
  int32_t* zero = nullptr;
  const Int8Grid* grid = nullptr;  // of every row; nullptr: each has its own
};
using QuantizeKernel = void (*)(const QuantizeArgs& args, int64_t row_begin, int64_t row_end);

// C = epilogue(a_scale[m] * b_scale[n] * sum over k of (a[m, k] - a_zero[m]) * b[k, n]).
// a: [m, k] with pitch lda, readable up to k rounded up to 4. b: [ceil(n/16)][ceil(k/4)][16][4], zero-filled, 64-byte
// aligned. column_sums[n] = sum over k of b[k, n]. runs: [ceil(n/16)][ceil(ceil(k/4)/4)], one value for each block of
// four groups of four k: 1, 2 or 4 where the sums of the products of so many groups fit int16 (int8_runs.h has the
// proof); 0 where not even one does. Sums are exact: k <= 65536, which plans keep, and 65536 * 255 * 128 < 2^31.
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

// Of values and 0. not finite: some value is NaN or infinite.
struct Int8Range {
  float low = 0, high = 0;
  bool finite = true;
};
using Int8RangeKernel = Int8Range (*)(const float* x, int64_t count);

// A map [h, w, channels] quantised like a row, with one grid for all of it, into a copy with its padding:
// rows of `pitch` bytes that begin `top` rows and `left` bytes before the map. Padding is `zero`.
struct Int8MapArgs {
  const float* x = nullptr;
  int64_t h = 0, row = 0;  // floats of a row of x: w * channels
  int64_t top = 0, left = 0, pitch = 0;
  Int8Range range = {};            // of x
  const Int8Grid* grid = nullptr;  // given; nullptr: the range's
  float* scale = nullptr;
  int32_t* zero = nullptr;
  uint8_t* map = nullptr;
};
// Rows [begin, end) of the copy; scale and zero are set by the call that begins with row 0.
using Int8MapKernel = void (*)(const Int8MapArgs& args, int64_t begin, int64_t end);

// A convolution of such a map. b: [groups][ceil(cout/groups/16)][kernel_h*kernel_w][ceil(cin/groups/4)][16][4]; runs:
// [groups*ceil(cout/groups/16)][kernel_h*kernel_w*ceil(ceil(cin/groups/4)/4)]; otherwise as Int8GemmArgs. 15 bytes behind
// the map are read.
struct Int8ConvArgs {
  Window2d window = {};
  int64_t cin = 0, cout = 0, groups = 1;
  const uint8_t* map = nullptr;
  int64_t pitch = 0;
  const int64_t* taps = nullptr;  // [kernel_h*kernel_w]: bytes from a window's first to the tap's
  const float* a_scale = nullptr;
  const int32_t* a_zero = nullptr;  // one each
  const int8_t* b = nullptr;
  const float* b_scale = nullptr;
  const int32_t* column_sums = nullptr;
  const int32_t* runs = nullptr;
  float* y = nullptr;
  Epilogue epilogue = {};
};
// Output rows [y_begin, y_end) of the map.
using Int8ConvKernel = void (*)(const Int8ConvArgs& args, int64_t y_begin, int64_t y_end);

// c[r, n] = epilogue(a_scale[r] * b_scale[n] * (sums[r, n] - a_zero[r] * column_sums[n])): the end of a product or a
// convolution whose sums of q * b another library made. The same bits as from the kernels above.
struct Int8SumsArgs {
  int64_t n = 0;
  const int32_t* sums = nullptr;  // rows of n, one behind the other, as are those of c
  const float* a_scale = nullptr;
  const int32_t* a_zero = nullptr;
  int64_t a_step = 1;  // 1: a scale and a zero for each row; 0: one for all
  const float* b_scale = nullptr;
  const int32_t* column_sums = nullptr;
  float* c = nullptr;
  Epilogue epilogue = {};
};
using Int8SumsKernel = void (*)(const Int8SumsArgs& args, int64_t row_begin, int64_t row_end);

struct Int8Kernels {
  const char* name;   // of the way its products are made: "pmaddubsw", "vpdpbusd"
  int64_t gemm_rows;  // rows of the register tile
  QuantizeKernel quantize;
  Int8GemmKernel gemm;
  Int8RangeKernel range;
  Int8MapKernel quantize_map;
  Int8ConvKernel conv;
  Int8SumsKernel finish;
};

}  // namespace vitrt::kernels

// C = epilogue(A * B), B in the plan's panels of 16 columns. Also the inner step of convolutions and attention.
#pragma once

#include <cstdint>

#include "runtime/base/panels.h"
#include "runtime/kernels/epilogue.h"

namespace vitrt::kernels {

// a: [m, k], row pitch lda. b: [ceil(n/16)][k][16], the last panel zero-filled, 64-byte aligned. c: [m, n], row pitch
// ldc. Every element of C is summed over k in the same order whatever m, n, the block and the thread: results are
// bit-identical for any split of rows and columns.
struct GemmArgs {
  int64_t m = 0, n = 0, k = 0;
  const float* a = nullptr;
  int64_t lda = 0;
  const float* b = nullptr;
  float* c = nullptr;
  int64_t ldc = 0;
  Epilogue epilogue;
};

// Computes rows [row_begin, row_end) and panels [panel_begin, panel_end) of C. row indices of the epilogue are those of
// C.
struct GemmBlock {
  int64_t row_begin, row_end, panel_begin, panel_end;
};
using GemmKernel = void (*)(const GemmArgs& args, const GemmBlock& block);

}  // namespace vitrt::kernels

// The plan that reduces any permutation of axes to transposes or row copies. Not part of the kernel table: its interface
// uses std::span, which the per-tier objects must not see.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/kernels/movement.h"

namespace vitrt::kernels {

// A permutation of a contiguous tensor of 4-byte elements: axes of size 1 dropped, axes that stay neighbours merged,
// and the rest a loop over equal pieces of work. A piece is a strip of a 2-D transpose, or a copy of `row` elements.
struct PermutePlan {
  static constexpr int kMaxAxes = 8;
  int axes = 0;                                  // of the loop over pieces, outermost first
  int64_t dims[kMaxAxes] = {}, x_strides[kMaxAxes] = {}, y_strides[kMaxAxes] = {};
  int64_t pieces = 1;                            // product of dims
  bool transpose = false;
  int64_t row = 1;                               // copy: contiguous elements
  int64_t rows = 0, columns = 0, x_ld = 0, y_ld = 0;  // transpose: of one strip
  int64_t last_rows = 0;                         // transpose: rows of the last strip, the last loop axis counts strips
};

// dims: of x, at most kMaxAxes; y axis i is x axis perm[i]. dims.size() == perm.size().
PermutePlan PlanPermute(std::span<const int64_t> dims, std::span<const int32_t> perm);

// Pieces [begin, end), in any split over threads. x and y do not overlap.
void RunPermute(const PermutePlan& plan, TransposeKernel transpose, const float* x, float* y, int64_t begin, int64_t end);

}  // namespace vitrt::kernels

// The plan that reduces any permutation of axes to transposes or row copies. Not part of the kernel table: its
// interface uses std::span, which the per-tier objects must not see.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/kernels/movement.h"

namespace vitrt::kernels {

// A permutation of a contiguous tensor of 4-byte elements: axes of size 1 dropped, axes that stay neighbours merged,
// the remaining ones a loop over pieces. A piece is a copy of `row` elements, or a 2-D transpose whose columns may be
// cut into strips.
struct PermutePlan {
  static constexpr int kMaxAxes = 9;
  int axes = 0;  // of the loop over pieces, outermost first; the last one counts strips if there are several
  int64_t dims[kMaxAxes] = {}, x_strides[kMaxAxes] = {}, y_strides[kMaxAxes] = {};
  int64_t pieces = 1;                                 // product of dims
  int64_t row = 0;                                    // copy: contiguous elements of a piece; 0: pieces are transposes
  int64_t rows = 0, columns = 0, x_ld = 0, y_ld = 0;  // transpose: of one piece
  int64_t strips = 1, last_columns = 0;               // transpose: the last strip may be narrower
};

// dims: of x, at most 8; y axis i is x axis perm[i]. A tensor without elements has no pieces.
PermutePlan PlanPermute(std::span<const int64_t> dims, std::span<const int32_t> perm);

// Pieces [begin, end), in any split over threads. x and y do not overlap.
void RunPermute(const PermutePlan& plan, TransposeKernel transpose, const float* x, float* y, int64_t begin,
                int64_t end);

}  // namespace vitrt::kernels

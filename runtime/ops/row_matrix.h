// Row-wise ops with one input that counts and one output of the same shape: all images as one matrix where they adjoin.
#pragma once

#include "runtime/ops/image_ranges.h"
#include "runtime/ops/op_impl.h"

namespace vitrt::ops {

// Calls f(x, y, rows) for disjoint blocks of rows that cover all images; x and y point at the first row of the block.
template <typename F>
void ForRowBlocks(const RunContext& run, const ValueDesc& x, const ValueDesc& y, int64_t rows, F&& f) {
  const bool merge = x.adjoining() && y.adjoining();
  const int64_t images = merge ? 1 : run.n, count = merge ? rows * run.n : rows;
  const int64_t x_pitch = x.size() / rows, y_pitch = y.size() / rows;
  ForImageRanges(*run.team, images, count, GrainOf(x_pitch * 4), [&](int64_t image, int64_t begin, int64_t end, int) {
    f(run.inputs[0].image<float>(image, x) + begin * x_pitch, run.outputs[0].image<float>(image, y) + begin * y_pitch,
      end - begin);
  });
}

}  // namespace vitrt::ops

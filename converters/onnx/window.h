// The sliding window attributes shared by convolutions and pools, over 1 to 3 spatial axes.
#pragma once

#include <vector>

#include "converters/onnx/node_context.h"

namespace vitrt::convert::onnx_import {

struct Window {
  std::vector<int64_t> kernel, strides, dilations, pad_begins, pad_ends;  // one per spatial axis
  bool ceil_mode = false;

  size_t axes() const { return kernel.size(); }
  int64_t extent(size_t i) const { return dilations[i] * (kernel[i] - 1) + 1; }
  // Number of windows along axis i of an input of that size (floor or ceil mode; in the latter no window may start
  // behind the input and its first padding).
  int64_t OutputSize(size_t i, int64_t input) const;

  // One spatial axis as two: a first one of size 1.
  void AddUnitAxis();
  // Spatial axes [first, first + 2) as the lists of plan.fbs.
  template <typename OpT>
  void Fill(OpT& op, size_t first = 0) const {
    auto two = [first](const std::vector<int64_t>& v) {
      return std::vector<int32_t>{static_cast<int32_t>(v[first]), static_cast<int32_t>(v[first + 1])};
    };
    op.kernel = two(kernel);
    op.strides = two(strides);
    op.dilations = two(dilations);
    op.pads = two(pad_begins);
    for (int32_t pad : two(pad_ends)) op.pads.push_back(pad);
  }
};

// Reads kernel_shape (or takes `kernel`), strides, dilations, pads and auto_pad of the node for an input [n, c, ...].
Result<Window> ReadWindow(NodeContext& node, const Shape& input, const std::vector<int64_t>& kernel);

}  // namespace vitrt::convert::onnx_import

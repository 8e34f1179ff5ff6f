// A convolution over n feature maps as one over a single map in which they lie behind each other: the ops of a plan
// work on one map of an image, and a model may cut its image into windows and convolve those.
#pragma once

#include "converters/onnx/window.h"

namespace vitrt::convert::onnx_import {

// Along which spatial axis maps are stacked, and what belongs to each map there.
struct Stacking {
  int64_t maps = 1;
  size_t axis = 0;         // 0 height, 1 width
  int64_t rows = 0;        // rows of the stack that belong to one map of the result
  int64_t valid_rows = 0;  // the first of them are the result, the others lie across two maps
};

// x [n, c, h, w] as [1, c, n * h', w] or [1, c, h, n * w'], zeros between the maps where the window needs them; takes
// the padding on that axis out of `window`.
Result<ValueId> StackMaps(NodeContext& node, ValueId x, Window* window, Stacking* stacking);

// The result of a convolution of the stack as [n, c, h, w].
Result<ValueId> UnstackMaps(NodeContext& node, ValueId y, const Stacking& stacking);

}  // namespace vitrt::convert::onnx_import

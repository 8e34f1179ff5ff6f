// The image among a model's inputs: what layout, size and type it has, where dims are open or in another order.
#pragma once

#include "converters/onnx/import.h"
#include "converters/onnx/model.h"

namespace vitrt::convert::onnx_import {

struct ImageInput {
  Shape shape;                 // at batch 1: [1, c, h, w], or [1, h, w, c] with channels_last
  bool channels_last = false;  // the model's own layout
  bool bytes = false;          // the model takes uint8: whole numbers from 0 to 255
};

// Open height and width come from the options, an open number of channels from the first convolution that reads the
// image. The layout is that in which this convolution reads it, else the one whose channels are 1 or 3. Errors:
// kUnsupported (no image, or one that is still open), with what to export; kInvalidArgument (a size that the model does
// not leave open).
Result<ImageInput> DescribeImage(const SourceInput& input, const SourceGraph& graph, const ImportOptions& options);

}  // namespace vitrt::convert::onnx_import

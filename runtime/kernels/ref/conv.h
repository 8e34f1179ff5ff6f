// Convolutions on rows x channels, one image: the oracles of KernelTable::conv and depthwise, same arguments.
#pragma once

#include "runtime/kernels/conv.h"

namespace vitrt::kernels::ref {

// Output positions [row_begin, row_end).
void Conv2d(const ConvArgs& args, int64_t row_begin, int64_t row_end);

// Output rows [y_begin, y_end).
void Depthwise(const DepthwiseArgs& args, int64_t y_begin, int64_t y_end);

// Transposed convolution (the gradient of a convolution by its input): every input position adds weight * x to a
// window of the output. window.h, w are the input's, oh, ow the output's; pads and strides are those of the ONNX
// operator.
struct ConvTransposeArgs {
  Window2d window = {};
  int64_t cin = 0, cout = 0, groups = 1;
  const float* x = nullptr;       // [h, w, cin]
  const float* weight = nullptr;  // [kh, kw, cin, cout/groups]
  const float* bias = nullptr;    // [cout] or nullptr
  float* y = nullptr;             // [oh, ow, cout]
};
void ConvTranspose2d(const ConvTransposeArgs& args);

}  // namespace vitrt::kernels::ref

// Convolution and pooling on rows x channels: x [h, w, cin], y [oh, ow, cout], one image, NHWC.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/kernels/epilogue.h"

namespace vitrt::kernels {

struct Window2d {  // geometry of a convolution or pooling
  int64_t h = 0, w = 0, oh = 0, ow = 0;
  int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  int64_t pad_top = 0, pad_left = 0;  // bottom and right follow from oh, ow
};

struct ConvArgs {
  Window2d window = {};
  int64_t cin = 0, cout = 0, groups = 1;
  const float* x = nullptr;
  const float* weight = nullptr;  // plan.fbs Panels16: [groups][ceil(cout/groups/16)][kh*kw*cin/groups][16]
  float* y = nullptr;
  Epilogue epilogue = {};  // rows are output positions oy*ow + ox
};
// Output positions [row_begin, row_end). `scratch` is this thread's own, scratch_bytes(args) bytes, 64-byte aligned.
struct ConvKernel {
  size_t (*scratch_bytes)(const ConvArgs& args);
  void (*run)(const ConvArgs& args, int64_t row_begin, int64_t row_end, void* scratch);
};

struct DepthwiseArgs {
  Window2d window = {};
  int64_t channels = 0;
  const float* x = nullptr;
  const float* weight = nullptr;  // plan.fbs Depthwise: [kh*kw][channels]
  float* y = nullptr;
  Epilogue epilogue = {};
};
// Output rows [y_begin, y_end) of the map.
using DepthwiseKernel = void (*)(const DepthwiseArgs& args, int64_t y_begin, int64_t y_end);

struct PoolArgs {
  Window2d window = {};
  int64_t channels = 0;
  bool average = false, count_include_pad = false;
  int64_t pad_bottom = 0, pad_right = 0;  // for count_include_pad
  const float* x = nullptr;
  float* y = nullptr;
};
using PoolKernel = void (*)(const PoolArgs& args, int64_t y_begin, int64_t y_end);

}  // namespace vitrt::kernels

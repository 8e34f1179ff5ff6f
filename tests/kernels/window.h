// The geometry of a case of convolution or pooling: h, w, oh, ow, kernel_h, kernel_w, stride, dilation, pad_top,
// pad_left.
#pragma once

#include "runtime/kernels/conv.h"

namespace vitrt::kernels {

template <typename Case>
Window2d WindowOf(const Case& c) {
  return {.h = c.h,
          .w = c.w,
          .oh = c.oh,
          .ow = c.ow,
          .kernel_h = c.kernel_h,
          .kernel_w = c.kernel_w,
          .stride_h = c.stride,
          .stride_w = c.stride,
          .dilation_h = c.dilation,
          .dilation_w = c.dilation,
          .pad_top = c.pad_top,
          .pad_left = c.pad_left};
}

}  // namespace vitrt::kernels

// The geometry of a convolution or pooling step as kernels take it.
#pragma once

#include "runtime/kernels/conv.h"
#include "runtime/ops/op_impl.h"

namespace vitrt::ops {

template <typename OpTable>  // plan::Conv2d, ConvTranspose2d or Pool2d
kernels::Window2d WindowOf(const OpTable& op, const ValueDesc& x, const ValueDesc& y) {
  kernels::Window2d w;
  w.h = x.dims[1], w.w = x.dims[2];
  w.oh = y.dims[1], w.ow = y.dims[2];
  w.kernel_h = op.kernel()->Get(0), w.kernel_w = op.kernel()->Get(1);
  w.stride_h = op.strides()->Get(0), w.stride_w = op.strides()->Get(1);
  w.dilation_h = op.dilations()->Get(0), w.dilation_w = op.dilations()->Get(1);
  w.pad_top = op.pads()->Get(0), w.pad_left = op.pads()->Get(1);
  return w;
}

}  // namespace vitrt::ops

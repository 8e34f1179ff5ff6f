// The linear layer on rows: what its rows share with convolutions that are one.
#pragma once

#include "runtime/ops/epilogue.h"
#include "runtime/ops/op_impl.h"

namespace vitrt::ops {

// y [rows, n] = epilogue(x [rows, k] * weight [k, n]) with the weight in panels, through the tier's GEMM. Serves Linear
// and Conv2d with a 1x1 kernel, stride 1 and no pads.
class PanelLinear final : public BoundOp {
 public:
  PanelLinear(const OpContext& context, const plan::Activation* act);
  void Run(const RunContext& run) const override;

 private:
  const kernels::KernelTable& kernels_;
  ValueDesc x_, y_;
  const float* weight_;
  int64_t rows_, k_, n_;
  BoundEpilogue epilogue_;
};

}  // namespace vitrt::ops

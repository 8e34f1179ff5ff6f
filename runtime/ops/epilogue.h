// The epilogue of linear layers and convolutions, resolved from a step: inputs 2 bias?, 3 row_bias?, 4 residual?.
#pragma once

#include "runtime/kernels/epilogue.h"
#include "runtime/ops/op_impl.h"

namespace vitrt::ops {

class BoundEpilogue {
 public:
  // y: the op's output, rows x channels per image.
  BoundEpilogue(const OpContext& context, const plan::Activation* act);

  // Do n images make one matrix? True where every activation adjoins and what is periodic is constant.
  bool images_merge() const { return images_merge_; }
  // For image `image` alone, or for all images as one matrix with image = 0 where images_merge().
  kernels::Epilogue At(const RunContext& run, int64_t image) const;

  bool has_row_bias() const { return row_bias_.present; }
  bool has_residual() const { return residual_.present; }
  bool residual_is_periodic() const { return residual_.present && (residual_.constant || residual_.rows() != rows_); }
  kernels::Fn fn() const { return base_.fn; }
  float alpha() const { return base_.alpha; }
  float beta() const { return base_.beta; }

 private:
  kernels::Epilogue base_;  // what does not depend on the run
  ValueDesc bias_, row_bias_, residual_;
  int64_t rows_ = 0, channels_ = 0;
  bool images_merge_ = false;
};

}  // namespace vitrt::ops

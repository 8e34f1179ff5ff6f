#include "runtime/ops/epilogue.h"

namespace vitrt::ops {
namespace {

constexpr size_t kBias = 2, kRowBias = 3, kResidual = 4;

bool MergesAsRows(const ValueDesc& value, int64_t rows) {
  return !value.present || value.constant || (value.adjoining() && value.rows() == rows);
}

}  // namespace

BoundEpilogue::BoundEpilogue(const OpContext& context, const plan::Activation* act) {
  const auto input = [&](size_t i) { return context.has(i) ? context.inputs[i] : ValueDesc(); };
  bias_ = input(kBias);
  row_bias_ = input(kRowBias);
  residual_ = input(kResidual);
  rows_ = context.outputs[0].rows();
  channels_ = context.outputs[0].channels();
  if (act != nullptr) {
    base_.fn = static_cast<kernels::Fn>(act->fn());
    base_.alpha = act->alpha();
    base_.beta = act->beta();
  }
  images_merge_ = context.inputs[0].adjoining() && context.outputs[0].adjoining() &&
                  (!bias_.present || bias_.constant) && MergesAsRows(row_bias_, rows_) &&
                  MergesAsRows(residual_, rows_);
}

kernels::Epilogue BoundEpilogue::At(const RunContext& run, int64_t image) const {
  kernels::Epilogue e = base_;
  if (bias_.present) e.bias = run.inputs[kBias].image<float>(image, bias_);
  if (row_bias_.present) {
    e.row_bias = run.inputs[kRowBias].image<float>(image, row_bias_);
    // An activation of one row per row of y merges with the images; anything shorter repeats.
    e.row_period = row_bias_.constant || row_bias_.rows() != rows_ ? row_bias_.rows() : rows_ * run.n;
  }
  if (residual_.present) {
    e.residual = run.inputs[kResidual].image<float>(image, residual_);
    e.residual_ld = channels_;
    e.residual_period = residual_is_periodic() ? residual_.rows() : 0;
  }
  return e;
}

}  // namespace vitrt::ops

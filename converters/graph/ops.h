// Short ways to write the op tables of plan.fbs in code: ops::Transpose({0, 2, 1}), ops::Binary(plan::BinaryFn::Add).
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/plan/plan_generated.h"

namespace vitrt::convert::ops {

// The activation of an op table; absent means Identity.
inline plan::Activation ActivationOf(const std::unique_ptr<plan::Activation>& act) {
  return act ? *act : plan::Activation(plan::UnaryFn::Identity, 0, 0);
}

inline plan::UnaryT Unary(plan::UnaryFn fn, float alpha = 0, float beta = 0) {
  plan::UnaryT op;
  op.act = std::make_unique<plan::Activation>(fn, alpha, beta);
  return op;
}

inline plan::BinaryT Binary(plan::BinaryFn fn) {
  plan::BinaryT op;
  op.fn = fn;
  return op;
}

inline plan::MatMulT MatMul(bool transpose_b = false) {
  plan::MatMulT op;
  op.transpose_b = transpose_b;
  return op;
}

inline plan::SoftmaxT Softmax(int axis, bool log = false) {
  plan::SoftmaxT op;
  op.axis = axis;
  op.log = log;
  return op;
}

inline plan::TransposeT Transpose(std::vector<int32_t> perm) {
  plan::TransposeT op;
  op.perm = std::move(perm);
  return op;
}

inline plan::ConcatT Concat(int axis) {
  plan::ConcatT op;
  op.axis = axis;
  return op;
}

inline plan::SliceT Slice(std::vector<int64_t> starts, std::vector<int64_t> steps) {
  plan::SliceT op;
  op.starts = std::move(starts);
  op.steps = std::move(steps);
  return op;
}

inline plan::GatherT Gather(int axis) {
  plan::GatherT op;
  op.axis = axis;
  return op;
}

inline plan::ReduceT Reduce(plan::ReduceFn fn, std::vector<int32_t> axes, bool keep_dims) {
  plan::ReduceT op;
  op.fn = fn;
  op.axes = std::move(axes);
  op.keep_dims = keep_dims;
  return op;
}

inline plan::LayerNormT LayerNorm(float epsilon, bool rms = false) {
  plan::LayerNormT op;
  op.epsilon = epsilon;
  op.rms = rms;
  return op;
}

}  // namespace vitrt::convert::ops

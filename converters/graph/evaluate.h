// The reference evaluator, inside of converters/graph: one function per op, gathered in the table of evaluate.cc.
// Plain loops in double precision; results are rounded to the output's dtype once per op.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "converters/graph/tensor.h"

namespace vitrt::convert::evaluate {

using Tensors = std::vector<Tensor>;

struct Context {
  const plan::OpUnion& op;
  const std::vector<std::optional<Tensor>>& inputs;
  const std::vector<ValueType>& outputs;

  template <typename OpT>
  const OpT& attributes() const {
    return *static_cast<const OpT*>(op.value);
  }
  bool has(size_t i) const { return i < inputs.size() && inputs[i].has_value(); }
  const Tensor& in(size_t i) const { return *inputs[i]; }
  const Shape& shape(size_t i) const { return inputs[i]->shape; }
  const ValueType& out() const { return outputs[0]; }
};

// Calls f(offsets) for every index of `shape` in row-major order; offsets[j] = base[j] + sum of index * strides[j].
template <size_t N, typename F>
void Walk(const Shape& shape, const std::array<Shape, N>& strides, std::array<int64_t, N> base, F f) {
  const size_t rank = shape.size();
  if (NumElements(shape) == 0) return;
  if (rank == 0) return f(base);
  Shape index(rank, 0);
  while (true) {
    std::array<int64_t, N> at = base;
    for (int64_t i = 0; i < shape[rank - 1]; ++i) {
      f(at);
      for (size_t j = 0; j < N; ++j) at[j] += strides[j][rank - 1];
    }
    size_t axis = rank - 1;
    while (true) {
      if (axis == 0) return;
      --axis;
      for (size_t j = 0; j < N; ++j) base[j] += strides[j][axis];
      if (++index[axis] < shape[axis]) break;
      for (size_t j = 0; j < N; ++j) base[j] -= strides[j][axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

// Calls f with a value of an unsigned type as wide as the dtype: for ops that only move elements.
template <typename F>
void ByWidth(DType dtype, F f) {
  if (SizeOf(dtype) == 1) return f(uint8_t{});
  if (SizeOf(dtype) == 4) return f(uint32_t{});
  f(uint64_t{});
}

// A shape seen from one axis: [outer, size, inner].
struct AxisView {
  int64_t outer = 1, size = 1, inner = 1;
  AxisView(const Shape& shape, int axis) {
    for (size_t i = 0; i < shape.size(); ++i) {
      const int at = static_cast<int>(i);
      (at < axis ? outer : at == axis ? size : inner) *= shape[i];
    }
  }
};

// evaluate_activation.cc: fn(x) of one element, in double.
double Activate(const plan::Activation& act, double x);

// evaluate_matrix.cc: y = act(y + bias + row_bias) + residual on the rows of y ([rows, n] in double), then rounded.
Tensor FinishRows(const Context& c, std::vector<double>& y, const plan::Activation& act);

// The evaluator of each op, in evaluate_*.cc.
#define VITRT_OP(op, ...) Result<Tensors> Evaluate##op(const Context& c);
#include "runtime/plan/ops.def"

}  // namespace vitrt::convert::evaluate

// MatMul and Gemm.
#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {

Result<ValueId> EmitMatMul(NodeContext& node, ValueId a, ValueId b) {
  // NumPy: a vector is a row on the left, a column on the right, and its axis goes away again.
  const Shape sa = node.type(a).shape, sb = node.type(b).shape;
  if (sa.empty() || sb.empty()) return BadPlan("matrix product of a scalar");
  if (sa.size() == 1) {
    VITRT_ASSIGN_OR_RETURN(a, node.Reshape(a, {1, sa[0]}));
  }
  if (sb.size() == 1) {
    VITRT_ASSIGN_OR_RETURN(b, node.Reshape(b, {sb[0], 1}));
  }
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Emit(ops::MatMul(), {a, b}));
  Shape shape = node.type(y).shape;
  if (sb.size() == 1) shape.pop_back();
  if (sa.size() == 1) shape.erase(shape.end() - (sb.size() == 1 ? 1 : 2));
  return node.Reshape(y, shape);
}

namespace {

Status ImportMatMul(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  return node.Output(EmitMatMul(node, node.in(0), node.in(1)));
}

// y = alpha * A' B' + beta * C
Status ImportGemm(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const float alpha, node.Float("alpha", 1));
  VITRT_ASSIGN_OR_RETURN(const float beta, node.Float("beta", 1));
  VITRT_ASSIGN_OR_RETURN(const int64_t trans_a, node.Int("transA", 0));
  VITRT_ASSIGN_OR_RETURN(const int64_t trans_b, node.Int("transB", 0));
  if (node.rank(0) != 2 || node.rank(1) != 2) return BadPlan("A and B must be matrices");
  ValueId a = node.in(0), b = node.in(1);
  if (trans_a) {
    VITRT_ASSIGN_OR_RETURN(a, node.Transpose(a, {1, 0}));
  }
  if (trans_b) {
    VITRT_ASSIGN_OR_RETURN(b, node.Transpose(b, {1, 0}));
  }
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Emit(ops::MatMul(), {a, b}));
  VITRT_ASSIGN_OR_RETURN(y, node.Scale(y, double{alpha}));
  if (!node.has(2) || beta == 0) return node.Output(y);
  VITRT_ASSIGN_OR_RETURN(const ValueId c, node.Scale(node.in(2), double{beta}));
  return node.Output(node.Binary(plan::BinaryFn::Add, y, c));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Gemm", 7, kNewestOpset, ImportGemm, "Transpose, MatMul, Mul, Add", ""},
    {"MatMul", 1, kNewestOpset, ImportMatMul, "MatMul", ""},
};
// clang-format on

}  // namespace

std::span<const Operator> MatrixOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

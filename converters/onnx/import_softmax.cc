// Softmax, LogSoftmax, Hardmax. Until opset 12 the axes from `axis` on are normalized together, since 13 only `axis`.
#include <numeric>

#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

// One where the axis has its first maximum, else zero.
Result<ValueId> EmitHardmax(NodeContext& node, ValueId x, int axis) {
  const Shape shape = node.type(x).shape;
  plan::ArgReduceT arg;
  arg.max = arg.keep_dims = true;
  arg.axis = axis;
  VITRT_ASSIGN_OR_RETURN(const ValueId best, node.Emit(std::move(arg), {x}));
  Shape line(shape.size(), 1);
  line[static_cast<size_t>(axis)] = shape[static_cast<size_t>(axis)];
  std::vector<int64_t> positions(static_cast<size_t>(NumElements(line)));
  std::iota(positions.begin(), positions.end(), 0);
  VITRT_ASSIGN_OR_RETURN(const ValueId hit,
                         node.Binary(plan::BinaryFn::Equal, best, node.Add(Tensor::FromI64(line, positions))));
  return node.Cast(hit, DType::F32);
}

Result<ValueId> Along(NodeContext& node, ValueId x, int axis) {
  if (node.op_type() == "Hardmax") return EmitHardmax(node, x, axis);
  return node.Emit(ops::Softmax(axis, node.op_type() == "LogSoftmax"), {x});
}

Status ImportSoftmax(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  const bool flatten = node.opset() < 13;
  const Shape shape = node.shape(0);
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", flatten ? 1 : -1));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, shape.size()));
  if (!flatten || axis + 1 == static_cast<int>(shape.size())) return node.Output(Along(node, node.in(0), axis));
  const Shape outer(shape.begin(), shape.begin() + axis), inner(shape.begin() + axis, shape.end());
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Reshape(node.in(0), {NumElements(outer), NumElements(inner)}));
  VITRT_ASSIGN_OR_RETURN(y, Along(node, y, 1));
  return node.Output(node.Reshape(y, shape));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Hardmax", 1, kNewestOpset, ImportSoftmax, "ArgReduce, Equal, Cast", ""},
    {"LogSoftmax", 1, kNewestOpset, ImportSoftmax, "Softmax", ""},
    {"Softmax", 1, kNewestOpset, ImportSoftmax, "Softmax", ""},
};
// clang-format on

}  // namespace

std::span<const Operator> SoftmaxOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

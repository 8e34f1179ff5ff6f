// Operators that pick or place elements by an index tensor.
#include <algorithm>

#include "converters/onnx/fold.h"
#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

// ScatterND's attributes for an ONNX `reduction`.
Result<plan::ScatterNDT> Reduction(NodeContext& node) {
  VITRT_ASSIGN_OR_RETURN(const std::string name, node.String("reduction", "none"));
  const std::pair<const char*, plan::ReduceFn> known[] = {{"add", plan::ReduceFn::Sum},
                                                          {"mul", plan::ReduceFn::Prod},
                                                          {"max", plan::ReduceFn::Max},
                                                          {"min", plan::ReduceFn::Min}};
  plan::ScatterNDT op;
  if (name == "none") return op;
  const auto it = std::find_if(std::begin(known), std::end(known), [&](const auto& k) { return name == k.first; });
  if (it == std::end(known)) return node.Refuse("reduction '" + name + "' is not known");
  op.reduce = true;
  op.reduction = it->second;
  return op;
}

// Indices that are constant lie inside of the axes that they index: element i in an axis of data of size
// data[first + i mod count]. (Computed ones are clamped when the plan runs.)
Status CheckConstantIndices(NodeContext& node, size_t first, size_t count) {
  VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> constant, node.Constant(node.in(1)));
  if (!constant || constant->dtype == DType::F32 || constant->dtype == DType::Bool) return {};
  const Shape& data = node.shape(0);
  const std::vector<int64_t> indices = ToI64Vector(*constant);
  for (size_t i = 0; i < indices.size(); ++i) {
    const size_t axis = first + i % count;
    if (indices[i] >= -data[axis] && indices[i] < data[axis]) continue;
    return BadPlan("index " + std::to_string(indices[i]) + " is outside of axis " + std::to_string(axis) + " of " +
                   ToString(data));
  }
  return {};
}

// The last axis of the indices holds tuples that index the axes of data from `first` on.
Status CheckConstantTuples(NodeContext& node, int64_t first) {
  if (node.rank(1) == 0 || node.shape(1).back() <= 0) return {};
  const int64_t count = node.shape(1).back();
  if (first < 0 || first + count > static_cast<int64_t>(node.rank(0))) return {};  // the type rule says so
  return CheckConstantIndices(node, static_cast<size_t>(first), static_cast<size_t>(count));
}

// A scalar constant index is a slice of one, which passes see through more easily.
Status ImportGather(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", 0));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, node.rank(0)));
  VITRT_RETURN_IF_ERROR(CheckConstantIndices(node, static_cast<size_t>(axis), 1));
  VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> indices, node.Constant(node.in(1)));
  if (indices && indices->dtype != DType::F32 && indices->dtype != DType::Bool && indices->size() == 1) {
    const size_t at = static_cast<size_t>(axis);
    const int64_t size = node.shape(0)[at];
    int64_t index = ToI64Vector(*indices)[0];
    if (index < 0) index += size;
    Shape shape = node.shape(0);
    shape.erase(shape.begin() + axis);
    shape.insert(shape.begin() + axis, indices->shape.begin(), indices->shape.end());
    VITRT_ASSIGN_OR_RETURN(const ValueId slice, node.Slice(node.in(0), at, index, index + 1));
    return node.Output(node.Reshape(slice, std::move(shape)));
  }
  return node.Output(node.Emit(ops::Gather(axis), {node.in(0), node.in(1)}));
}

Status ImportGatherElements(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", 0));
  plan::GatherElementsT op;
  VITRT_ASSIGN_OR_RETURN(op.axis, node.Axis(given, node.rank(0)));
  VITRT_RETURN_IF_ERROR(CheckConstantIndices(node, static_cast<size_t>(op.axis), 1));
  return node.Output(node.Emit(std::move(op), {node.in(0), node.in(1)}));
}

Status ImportGatherND(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const int64_t batch_dims, node.Int("batch_dims", 0));
  plan::GatherNDT op;
  op.batch_dims = static_cast<int32_t>(std::clamp<int64_t>(batch_dims, -1, 1 << 10));
  VITRT_RETURN_IF_ERROR(CheckConstantTuples(node, op.batch_dims));
  return node.Output(node.Emit(std::move(op), {node.in(0), node.in(1)}));
}

Status ImportScatterND(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  VITRT_ASSIGN_OR_RETURN(plan::ScatterNDT op, Reduction(node));
  VITRT_RETURN_IF_ERROR(CheckConstantTuples(node, 0));
  return node.Output(node.Emit(std::move(op), {node.in(0), node.in(1), node.in(2)}));
}

// Element i of updates goes to the position of i with the place along axis replaced by indices[i], which is a ScatterND
// of single elements: the tuples are the positions of all i, with the column of axis taken from the indices.
Status ImportScatterElements(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", 0));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, node.rank(0)));
  VITRT_ASSIGN_OR_RETURN(plan::ScatterNDT op, Reduction(node));
  VITRT_RETURN_IF_ERROR(CheckConstantIndices(node, static_cast<size_t>(axis), 1));
  const Shape shape = node.shape(1);
  bool fits = node.shape(2) == shape && shape.size() == node.rank(0);
  for (size_t a = 0; fits && a < shape.size(); ++a) {
    fits = a == static_cast<size_t>(axis) || shape[a] <= node.shape(0)[a];
  }
  if (!fits) return BadPlan("indices and updates do not fit");
  const int64_t rank = static_cast<int64_t>(shape.size()), count = NumElements(shape);
  VITRT_RETURN_IF_ERROR(CheckConstantSize({count, rank}));
  const Shape strides = Strides(shape);
  std::vector<ValueId> columns;  // [count, 1] each
  for (size_t a = 0; a < shape.size(); ++a) {
    if (a == static_cast<size_t>(axis)) {
      VITRT_ASSIGN_OR_RETURN(const ValueId indices, node.Reshape(node.in(1), {count, 1}));
      VITRT_ASSIGN_OR_RETURN(columns.emplace_back(), node.Cast(indices, DType::I64));
      continue;
    }
    std::vector<int64_t> positions(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) positions[static_cast<size_t>(i)] = i / strides[a] % shape[a];
    columns.push_back(node.Add(Tensor::FromI64({count, 1}, positions)));
  }
  VITRT_ASSIGN_OR_RETURN(const ValueId tuples, node.Emit(ops::Concat(1), columns));
  VITRT_ASSIGN_OR_RETURN(const ValueId updates, node.Reshape(node.in(2), {count}));
  return node.Output(node.Emit(std::move(op), {node.in(0), tuples, updates}));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Gather", 1, kNewestOpset, ImportGather, "Gather, or Slice for one known index", ""},
    {"GatherElements", 11, kNewestOpset, ImportGatherElements, "GatherElements", ""},
    {"GatherND", 11, kNewestOpset, ImportGatherND, "GatherND", ""},
    {"Scatter", 9, 10, ImportScatterElements, "Concat, ScatterND", ""},
    {"ScatterElements", 11, kNewestOpset, ImportScatterElements, "Concat, ScatterND", ""},
    {"ScatterND", 11, kNewestOpset, ImportScatterND, "ScatterND", ""},
};
// clang-format on

}  // namespace

std::span<const Operator> GatherOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

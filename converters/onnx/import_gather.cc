// Operators that pick or place elements by an index tensor.
#include <algorithm>

#include "converters/onnx/fold.h"
#include "converters/onnx/handlers.h"

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

}  // namespace

// A scalar constant index is a slice of one, which passes see through more easily.
Status ImportGather(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", 0));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, node.rank(0)));
  VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> indices, node.Constant(node.in(1)));
  if (indices && indices->dtype != DType::F32 && indices->dtype != DType::Bool && indices->size() == 1) {
    const size_t at = static_cast<size_t>(axis);
    const int64_t size = node.shape(0)[at];
    int64_t index = ToI64Vector(*indices)[0];
    if (index < 0) index += size;
    if (index < 0 || index >= size)
      return BadPlan("index " + std::to_string(index) + " is outside of axis " + std::to_string(axis) + " of " +
                     ToString(node.shape(0)));
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
  return node.Output(node.Emit(std::move(op), {node.in(0), node.in(1)}));
}

Status ImportGatherND(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const int64_t batch_dims, node.Int("batch_dims", 0));
  plan::GatherNDT op;
  op.batch_dims = static_cast<int32_t>(std::clamp<int64_t>(batch_dims, -1, 1 << 10));
  return node.Output(node.Emit(std::move(op), {node.in(0), node.in(1)}));
}

Status ImportScatterND(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  VITRT_ASSIGN_OR_RETURN(plan::ScatterNDT op, Reduction(node));
  return node.Output(node.Emit(std::move(op), {node.in(0), node.in(1), node.in(2)}));
}

// With constant indices: element i of updates goes to the position of i with axis replaced by indices[i], which is a
// ScatterND of single elements.
Status ImportScatterElements(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", 0));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, node.rank(0)));
  VITRT_ASSIGN_OR_RETURN(plan::ScatterNDT op, Reduction(node));
  VITRT_ASSIGN_OR_RETURN(const auto indices, node.Integers(1));
  const Shape shape = node.shape(1);
  if (node.shape(2) != shape || shape.size() != node.rank(0)) return BadPlan("indices and updates do not fit");
  const int64_t rank = static_cast<int64_t>(shape.size()), count = NumElements(shape);
  VITRT_RETURN_IF_ERROR(CheckConstantSize({count, rank}));
  const Shape strides = Strides(shape);
  std::vector<int64_t> positions;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t a = 0; a < rank; ++a) {
      const size_t at = static_cast<size_t>(a);
      positions.push_back(a == axis ? (*indices)[static_cast<size_t>(i)] : i / strides[at] % shape[at]);
    }
  }
  const ValueId index = node.Add(Tensor::FromI64({count, rank}, std::move(positions)));
  VITRT_ASSIGN_OR_RETURN(const ValueId updates, node.Reshape(node.in(2), {count}));
  return node.Output(node.Emit(std::move(op), {node.in(0), index, updates}));
}

}  // namespace vitrt::convert::onnx_import

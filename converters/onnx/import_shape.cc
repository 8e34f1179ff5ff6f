// Operators that only change how the same elements are seen: Reshape and its relatives, Shape, Size.
#include <algorithm>

#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {

namespace {

Status ImportShape(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  const int64_t rank = static_cast<int64_t>(node.rank(0));
  VITRT_ASSIGN_OR_RETURN(int64_t start, node.Int("start", 0));
  VITRT_ASSIGN_OR_RETURN(int64_t end, node.Int("end", rank));
  auto clamp = [rank](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  start = clamp(start);
  end = std::max(clamp(end), start);
  const Shape& shape = node.shape(0);
  std::vector<int64_t> part(shape.begin() + start, shape.begin() + end);
  const Shape part_shape{static_cast<int64_t>(part.size())};
  return node.Output(node.Add(Tensor::FromI64(part_shape, part)));
}

Status ImportSize(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  return node.Output(node.Add(Tensor::FromI64({}, {NumElements(node.shape(0))})));
}

// 0 keeps the dim of the input (unless allowzero), -1 takes what is left.
Status ImportReshape(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const auto target, node.IntsOrInput("shape", 5, 1));
  VITRT_ASSIGN_OR_RETURN(const int64_t allow_zero, node.Int("allowzero", 0));
  if (!target) return BadPlan("the target shape is missing");
  const Shape& from = node.shape(0);
  Shape shape = *target;
  int64_t known = 1, open = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !allow_zero) {
      if (i >= from.size())
        return BadPlan("target " + ToString(*target) + " copies a dim that " + ToString(from) + " does not have");
      shape[i] = from[i];
    }
    if (shape[i] == -1 && open < 0) {
      open = static_cast<int64_t>(i);
      continue;
    }
    if (shape[i] < 0 || shape[i] > kMaxElements) return BadPlan("bad target shape " + ToString(*target));
    known = std::min(known * shape[i], kMaxElements + 1);
  }
  if (open >= 0) {
    const int64_t elements = NumElements(from);
    if (known == 0 || elements % known != 0)
      return BadPlan("cannot reshape " + ToString(from) + " to " + ToString(*target));
    shape[static_cast<size_t>(open)] = elements / known;
  }
  VITRT_RETURN_IF_ERROR(CheckShape(shape));
  return node.Output(node.Reshape(node.in(0), std::move(shape)));
}

Status ImportFlatten(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  const Shape& from = node.shape(0);
  const int64_t rank = static_cast<int64_t>(from.size());
  VITRT_ASSIGN_OR_RETURN(int64_t axis, node.Int("axis", 1));
  if (axis < -rank || axis > rank)
    return BadPlan("axis " + std::to_string(axis) + " is outside of rank " + std::to_string(rank));
  if (axis < 0) axis += rank;
  const Shape outer(from.begin(), from.begin() + axis), inner(from.begin() + axis, from.end());
  return node.Output(node.Reshape(node.in(0), {NumElements(outer), NumElements(inner)}));
}

// An axis that is not 1 stays: PyTorch's squeeze(dim) means that, and its exporter may write it.
Status ImportSqueeze(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const auto given, node.IntsOrInput("axes", 13, 1));
  const Shape from = node.shape(0);
  std::vector<bool> drop(from.size());
  if (given) {
    VITRT_ASSIGN_OR_RETURN(const std::vector<int32_t> axes, node.Axes(*given, from.size()));
    for (int32_t axis : axes) {
      const size_t at = static_cast<size_t>(axis);
      drop[at] = from[at] == 1;
      if (!drop[at]) node.Warn("axis " + std::to_string(axis) + " of " + ToString(from) + " is not 1; taken as no-op");
    }
  } else {
    for (size_t i = 0; i < from.size(); ++i) drop[i] = from[i] == 1;
  }
  Shape shape;
  for (size_t i = 0; i < from.size(); ++i) {
    if (!drop[i]) shape.push_back(from[i]);
  }
  return node.Output(node.Reshape(node.in(0), std::move(shape)));
}

Status ImportUnsqueeze(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const auto given, node.IntsOrInput("axes", 13, 1));
  if (!given) return BadPlan("axes are missing");
  const Shape& from = node.shape(0);
  const size_t rank = from.size() + given->size();
  VITRT_ASSIGN_OR_RETURN(const std::vector<int32_t> axes, node.Axes(*given, rank));
  std::vector<bool> added(rank);
  for (int32_t axis : axes) {
    if (added[static_cast<size_t>(axis)]) return BadPlan("axis " + std::to_string(axis) + " is given twice");
    added[static_cast<size_t>(axis)] = true;
  }
  Shape shape;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i) shape.push_back(added[i] ? 1 : from[next++]);
  return node.Output(node.Reshape(node.in(0), std::move(shape)));
}

Status ImportTranspose(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const auto given, node.Ints("perm"));
  const int64_t rank = static_cast<int64_t>(node.rank(0));
  std::vector<int32_t> perm;
  if (given) {
    VITRT_ASSIGN_OR_RETURN(perm, node.Axes(*given, node.rank(0)));
  } else {
    for (int64_t axis = rank; axis-- > 0;) perm.push_back(static_cast<int32_t>(axis));
  }
  return node.Output(node.Transpose(node.in(0), std::move(perm)));
}

// [n, c, h, w] -> [n, c / b^2, h * b, w * b]
Status ImportDepthToSpace(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t b, node.Int("blocksize"));
  VITRT_ASSIGN_OR_RETURN(const std::string mode, node.String("mode", "DCR"));
  const Shape x = node.shape(0);
  if (x.size() != 4 || b < 1 || b > 4096 || x[1] % (b * b) != 0)
    return BadPlan("blocksize does not fit " + ToString(x));
  const int64_t c = x[1] / (b * b);
  const bool dcr = mode == "DCR";
  VITRT_ASSIGN_OR_RETURN(
      ValueId y, node.Reshape(node.in(0), dcr ? Shape{x[0], b, b, c, x[2], x[3]} : Shape{x[0], c, b, b, x[2], x[3]}));
  VITRT_ASSIGN_OR_RETURN(
      y, node.Transpose(y, dcr ? std::vector<int32_t>{0, 3, 4, 1, 5, 2} : std::vector<int32_t>{0, 1, 4, 2, 5, 3}));
  return node.Output(node.Reshape(y, {x[0], c, x[2] * b, x[3] * b}));
}

// [n, c, h, w] -> [n, c * b^2, h / b, w / b]
Status ImportSpaceToDepth(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t b, node.Int("blocksize"));
  const Shape x = node.shape(0);
  if (x.size() != 4 || b < 1 || b > 4096 || x[2] % b != 0 || x[3] % b != 0)
    return BadPlan("blocksize does not fit " + ToString(x));
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Reshape(node.in(0), {x[0], x[1], x[2] / b, b, x[3] / b, b}));
  VITRT_ASSIGN_OR_RETURN(y, node.Transpose(y, {0, 3, 5, 1, 2, 4}));
  return node.Output(node.Reshape(y, {x[0], x[1] * b * b, x[2] / b, x[3] / b}));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"DepthToSpace", 1, kNewestOpset, ImportDepthToSpace, "Reshape, Transpose", ""},
    {"Flatten", 1, kNewestOpset, ImportFlatten, "Reshape", ""},
    {"Reshape", 1, kNewestOpset, ImportReshape, "Reshape", "computed shapes"},
    {"Shape", 1, kNewestOpset, ImportShape, "a constant", ""},
    {"Size", 1, kNewestOpset, ImportSize, "a constant", ""},
    {"SpaceToDepth", 1, kNewestOpset, ImportSpaceToDepth, "Reshape, Transpose", ""},
    {"Squeeze", 1, kNewestOpset, ImportSqueeze, "Reshape", "computed axes"},
    {"Transpose", 1, kNewestOpset, ImportTranspose, "Transpose", ""},
    {"Unsqueeze", 1, kNewestOpset, ImportUnsqueeze, "Reshape", "computed axes"},
};
// clang-format on

}  // namespace

std::span<const Operator> ShapeOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

// Operators that pick, repeat or join elements by position.
#include <algorithm>

#include "converters/graph/broadcast.h"
#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {

namespace {

Status ImportConcat(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(std::max<size_t>(node.num_inputs(), 1)));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis"));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, node.rank(0)));
  std::vector<ValueId> parts;
  for (size_t i = 0; i < node.num_inputs(); ++i) parts.push_back(node.in(i));
  if (parts.size() == 1) return node.Output(parts[0]);
  return node.Output(node.Emit(ops::Concat(axis), std::move(parts)));
}

// Sizes from the attribute or input `split`; without it equal parts, the last one smaller (opset 18) if it must.
Status ImportSplit(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", 0));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, node.rank(0)));
  VITRT_ASSIGN_OR_RETURN(const auto split, node.IntsOrInput("split", 13, 1));
  const int64_t count = static_cast<int64_t>(node.num_outputs()), size = node.shape(0)[static_cast<size_t>(axis)];
  std::vector<int64_t> sizes;
  if (split) {
    sizes = *split;
  } else {
    VITRT_ASSIGN_OR_RETURN(const int64_t parts, node.Int("num_outputs", count));
    if (parts != count)
      return BadPlan("num_outputs is " + std::to_string(parts) + " but there are " + std::to_string(count) +
                     " outputs");
    const int64_t chunk = count == 0 ? 0 : (size + count - 1) / count;
    for (int64_t i = 0; i < count; ++i) sizes.push_back(std::clamp<int64_t>(size - i * chunk, 0, chunk));
  }
  int64_t begin = 0;
  for (size_t i = 0; i < node.num_outputs(); ++i) {
    if (i >= sizes.size() || sizes[i] < 0 || sizes[i] > size - begin)
      return BadPlan("cannot split axis of size " + std::to_string(size));
    if (node.wants(i))
      VITRT_RETURN_IF_ERROR(node.Output(node.Slice(node.in(0), static_cast<size_t>(axis), begin, begin + sizes[i]), i));
    begin += sizes[i];
  }
  if (begin != size) return BadPlan("the parts do not add up to the axis of size " + std::to_string(size));
  return {};
}

// Attributes until opset 9, inputs since 10. Starts and ends beyond the axis are clamped, negative ones count from the
// end, as in NumPy.
Status ImportSlice(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const auto starts, node.IntsOrInput("starts", 10, 1));
  VITRT_ASSIGN_OR_RETURN(const auto ends, node.IntsOrInput("ends", 10, 2));
  VITRT_ASSIGN_OR_RETURN(const auto given_axes, node.IntsOrInput("axes", 10, 3));
  VITRT_ASSIGN_OR_RETURN(const auto given_steps,
                         node.opset() < 10 ? std::optional<std::vector<int64_t>>() : node.Integers(4));
  if (!starts || !ends || starts->size() != ends->size()) return BadPlan("starts and ends do not fit each other");
  const ValueType from = node.type(node.in(0));
  std::vector<int64_t> axis_list, steps = given_steps.value_or(std::vector<int64_t>(starts->size(), 1));
  for (size_t i = 0; i < starts->size(); ++i) axis_list.push_back(static_cast<int64_t>(i));
  VITRT_ASSIGN_OR_RETURN(const std::vector<int32_t> axes, node.Axes(given_axes.value_or(axis_list), from.shape.size()));
  if (axes.size() != starts->size() || steps.size() != starts->size())
    return BadPlan("axes or steps do not fit starts");
  std::vector<int64_t> begin(from.shape.size(), 0), step(from.shape.size(), 1);
  Shape shape = from.shape;
  std::vector<bool> seen(from.shape.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = static_cast<size_t>(axes[i]);
    const int64_t size = from.shape[axis];
    if (seen[axis]) return BadPlan("axis " + std::to_string(axis) + " is sliced twice");
    seen[axis] = true;
    if (steps[i] == 0) return BadPlan("the step is 0");
    const int64_t s = std::clamp<int64_t>(steps[i], -kMaxElements, kMaxElements);
    auto from_end = [size](int64_t at) { return at < 0 ? at + size : at; };
    const int64_t low = s > 0 ? 0 : -1, high = s > 0 ? size : size - 1;
    const int64_t first = std::clamp(from_end((*starts)[i]), low, std::max(high, low));
    const int64_t last = std::clamp(from_end((*ends)[i]), low, std::max(high, low));
    const int64_t distance = s > 0 ? last - first : first - last;
    shape[axis] = size == 0 || distance <= 0 ? 0 : (distance + std::abs(s) - 1) / std::abs(s);
    begin[axis] = shape[axis] == 0 ? 0 : first;
    step[axis] = s;
  }
  if (shape == from.shape && std::all_of(step.begin(), step.end(), [](int64_t s) { return s == 1; }))
    return node.Output(node.in(0));
  return node.Output(
      node.Emit(ops::Slice(std::move(begin), std::move(step)), {node.in(0)}, ValueType{from.dtype, std::move(shape)}));
}

Status ImportExpand(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const auto target, node.Integers(1));
  VITRT_RETURN_IF_ERROR(CheckShape(*target));
  VITRT_ASSIGN_OR_RETURN(Shape shape, BroadcastShapes(node.shape(0), *target));
  return node.Output(node.Expand(node.in(0), std::move(shape)));
}

Status ImportTile(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const auto repeats, node.Integers(1));
  if (std::all_of(repeats->begin(), repeats->end(), [](int64_t n) { return n == 1; }) &&
      repeats->size() == node.rank(0)) {
    return node.Output(node.in(0));
  }
  plan::TileT tile;
  tile.repeats = *repeats;
  return node.Output(node.Emit(std::move(tile), {node.in(0)}));
}

Status ImportPad(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  const size_t rank = node.rank(0);
  VITRT_ASSIGN_OR_RETURN(const std::string mode, node.String("mode", "constant"));
  VITRT_ASSIGN_OR_RETURN(const auto pads, node.IntsOrInput("pads", 11, 1));
  VITRT_ASSIGN_OR_RETURN(const auto given_axes,
                         node.opset() < 18 ? std::optional<std::vector<int64_t>>() : node.Integers(3));
  plan::PadT pad;
  if (node.opset() < 11) {
    VITRT_ASSIGN_OR_RETURN(pad.value, node.Float("value", 0));
  } else if (node.has(2)) {
    VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> value, node.Constant(node.in(2)));
    if (!value) return node.Refuse("the pad value is computed from the image");
    if (value->size() != 1) return BadPlan("the pad value must be one number");
    pad.value = static_cast<float>(ToF64Vector(*value)[0]);
  }
  std::vector<int64_t> all_axes;
  for (size_t i = 0; i < rank; ++i) all_axes.push_back(static_cast<int64_t>(i));
  VITRT_ASSIGN_OR_RETURN(const std::vector<int32_t> axes, node.Axes(given_axes.value_or(all_axes), rank));
  if (!pads || pads->size() != 2 * axes.size()) return BadPlan("pads do not fit the axes");
  const std::pair<const char*, plan::PadMode> modes[] = {{"constant", plan::PadMode::Constant},
                                                         {"reflect", plan::PadMode::Reflect},
                                                         {"edge", plan::PadMode::Edge},
                                                         {"wrap", plan::PadMode::Wrap}};
  const auto known = std::find_if(std::begin(modes), std::end(modes), [&](const auto& m) { return mode == m.first; });
  if (known == std::end(modes)) return node.Refuse("mode '" + mode + "' is not known");
  pad.mode = known->second;
  pad.begins.assign(rank, 0);
  pad.ends.assign(rank, 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    pad.begins[static_cast<size_t>(axes[i])] = (*pads)[i];
    pad.ends[static_cast<size_t>(axes[i])] = (*pads)[axes.size() + i];
  }
  if (std::all_of(pads->begin(), pads->end(), [](int64_t n) { return n == 0; })) return node.Output(node.in(0));
  return node.Output(node.Emit(std::move(pad), {node.in(0)}));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Concat", 4, kNewestOpset, ImportConcat, "Concat", ""},
    {"Expand", 8, kNewestOpset, ImportExpand, "Expand", "computed shapes"},
    {"Pad", 2, kNewestOpset, ImportPad, "Pad", "computed pads"},
    {"Slice", 1, kNewestOpset, ImportSlice, "Slice", "computed bounds"},
    {"Split", 1, kNewestOpset, ImportSplit, "Slice", "computed sizes"},
    {"Tile", 6, kNewestOpset, ImportTile, "Tile", "computed repeats"},
};
// clang-format on

}  // namespace

std::span<const Operator> MovementOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

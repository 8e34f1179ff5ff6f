// Conv and ConvTranspose over one or two spatial axes; one axis becomes two with a height of 1.
#include <algorithm>

#include "converters/onnx/operators.h"
#include "converters/onnx/stacked_maps.h"
#include "converters/onnx/window.h"

namespace vitrt::convert::onnx_import {
namespace {

// [a, b, w] -> [a, b, 1, w]
Result<ValueId> WithHeight(NodeContext& node, ValueId x) {
  Shape shape = node.type(x).shape;
  if (shape.size() != 3) return x;
  shape.insert(shape.begin() + 2, 1);
  return node.Reshape(x, shape);
}

Result<ValueId> WithoutHeight(NodeContext& node, ValueId y, size_t rank) {
  Shape shape = node.type(y).shape;
  if (rank != 3) return y;
  shape.erase(shape.begin() + 2);
  return node.Reshape(y, shape);
}

Status CheckRanks(const NodeContext& node, const Shape& x, const Shape& weight) {
  if (x.size() != weight.size())
    return BadPlan("x " + ToString(x) + " and weight " + ToString(weight) + " differ in rank");
  if (x.size() != 3 && x.size() != 4) {
    return node.Refuse("x " + ToString(x) + " has " + std::to_string(static_cast<int64_t>(x.size()) - 2) +
                       " spatial axes; images have two, and only one or two are supported");
  }
  return {};
}

std::vector<int64_t> KernelOf(const Shape& weight) { return {weight.begin() + 2, weight.end()}; }

}  // namespace

Result<ValueId> EmitConv(NodeContext& node, ValueId x, ValueId weight, ValueId bias) {
  const Shape shape = node.type(x).shape, kernel = node.type(weight).shape;
  VITRT_RETURN_IF_ERROR(CheckRanks(node, shape, kernel));
  VITRT_ASSIGN_OR_RETURN(const int64_t groups, node.Int("group", 1));
  VITRT_ASSIGN_OR_RETURN(Window window, ReadWindow(node, shape, KernelOf(kernel)));
  if (window.axes() == 1) window.AddUnitAxis();
  VITRT_ASSIGN_OR_RETURN(x, WithHeight(node, x));
  Stacking stacking;
  if (shape[0] > 1) {
    VITRT_ASSIGN_OR_RETURN(x, StackMaps(node, x, &window, &stacking));
  }
  plan::Conv2dT op;
  op.channels_last = false;
  op.groups = static_cast<int32_t>(std::clamp<int64_t>(groups, 0, INT32_MAX));
  window.Fill(op);
  VITRT_ASSIGN_OR_RETURN(weight, WithHeight(node, weight));
  std::vector<ValueId> inputs{x, weight};
  if (bias != kNoValue) inputs.push_back(bias);
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Emit(std::move(op), std::move(inputs)));
  if (stacking.maps > 1) {
    VITRT_ASSIGN_OR_RETURN(y, UnstackMaps(node, y, stacking));
  }
  return WithoutHeight(node, y, shape.size());
}

namespace {

Status ImportConv(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  return node.Output(EmitConv(node, node.in(0), node.in(1), node.in(2)));
}

// Output size: (size - 1) * stride + output_padding + extent - pads; output_shape instead gives the size and the pads
// follow from it, or rows are added at the end where it is larger.
Status ImportConvTranspose(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_RETURN_IF_ERROR(CheckRanks(node, node.shape(0), node.shape(1)));
  VITRT_ASSIGN_OR_RETURN(const int64_t groups, node.Int("group", 1));
  VITRT_ASSIGN_OR_RETURN(Window window, ReadWindow(node, node.shape(0), KernelOf(node.shape(1))));
  const size_t n = window.axes();
  VITRT_ASSIGN_OR_RETURN(const auto given_padding, node.Ints("output_padding"));
  VITRT_ASSIGN_OR_RETURN(const auto output_shape, node.Ints("output_shape"));
  VITRT_ASSIGN_OR_RETURN(const std::string auto_pad, node.String("auto_pad", "NOTSET"));
  const std::vector<int64_t> padding = given_padding.value_or(std::vector<int64_t>(n, 0));
  if (padding.size() != n || (output_shape && output_shape->size() < n))
    return BadPlan("output_padding or output_shape does not fit");
  if (groups < 1 || groups > INT32_MAX) return BadPlan("group must be positive");
  auto in_range = [](int64_t x) { return x >= 0 && x <= kMaxElements; };
  if (!std::all_of(padding.begin(), padding.end(), in_range) ||
      (output_shape && !std::all_of(output_shape->begin(), output_shape->end(), in_range))) {
    return BadPlan("output_padding or output_shape is out of range");
  }
  Shape shape{node.shape(0)[0], node.shape(1)[1] * groups};
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  for (size_t i = 0; i < n; ++i) {
    const int64_t size = node.shape(0)[2 + i];
    const int64_t full = (size - 1) * window.strides[i] + padding[i] + window.extent(i);
    if (output_shape || same) {
      const int64_t wanted = output_shape ? (*output_shape)[output_shape->size() - n + i] : size * window.strides[i];
      const int64_t total = std::max<int64_t>(0, full - wanted);
      window.pad_begins[i] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      window.pad_ends[i] = total - window.pad_begins[i];
    }
    const int64_t plain = full - window.pad_begins[i] - window.pad_ends[i];
    shape.push_back(output_shape ? std::max(plain, (*output_shape)[output_shape->size() - n + i]) : plain);
  }
  if (window.axes() == 1) {
    window.AddUnitAxis();
    shape.insert(shape.begin() + 2, 1);
  }
  plan::ConvTranspose2dT op;
  op.channels_last = false;
  op.groups = static_cast<int32_t>(groups);
  window.Fill(op);
  VITRT_ASSIGN_OR_RETURN(const ValueId x, WithHeight(node, node.in(0)));
  VITRT_ASSIGN_OR_RETURN(const ValueId weight, WithHeight(node, node.in(1)));
  std::vector<ValueId> inputs{x, weight};
  if (node.has(2)) inputs.push_back(node.in(2));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Emit(std::move(op), std::move(inputs), ValueType{DType::F32, shape}));
  return node.Output(WithoutHeight(node, y, node.rank(0)));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Conv", 1, kNewestOpset, ImportConv, "Conv2d", "three spatial axes"},
    {"ConvTranspose", 1, kNewestOpset, ImportConvTranspose, "ConvTranspose2d", "three spatial axes"},
};
// clang-format on

}  // namespace

std::span<const Operator> ConvOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

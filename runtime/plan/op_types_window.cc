// Type rules of the ops that slide over an image: convolutions, pools, Resize.
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/plan/op_types.h"

namespace vitrt::plan {
namespace {

// Where batch, channels, height and width are in a rank-4 shape.
struct Axes {
  size_t channels, height, width;
};
Axes AxesOf(bool channels_last) { return channels_last ? Axes{3, 1, 2} : Axes{1, 2, 3}; }

struct Window {
  const std::vector<int32_t>&kernel, &strides, &dilations, &pads;
};

Status CheckWindow(const TypeContext& c, const Window& w) {
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 0, "x"));
  if (c.shape(0).size() != 4) return BadPlan("x must have four dims but is " + ToString(c.shape(0)));
  if (w.kernel.size() != 2 || w.strides.size() != 2 || w.dilations.size() != 2 || w.pads.size() != 4) {
    return BadPlan("kernel, strides and dilations need two numbers, pads four");
  }
  for (const auto* list : {&w.kernel, &w.strides, &w.dilations}) {
    for (int32_t n : *list) {
      if (n < 1 || n > (1 << 24)) return BadPlan("kernel, strides and dilations must be positive");
    }
  }
  for (int32_t n : w.pads) {
    if (n < -(1 << 24) || n > (1 << 24)) return BadPlan("padding is out of range");
  }
  return {};
}

// Padded size and extent of the dilated kernel along axis i (0: height, 1: width).
int64_t Padded(const Window& w, int64_t size, size_t i) { return size + w.pads[i] + w.pads[i + 2]; }
int64_t Extent(const Window& w, size_t i) { return int64_t{w.dilations[i]} * (w.kernel[i] - 1) + 1; }

Result<int64_t> WindowsAlong(const Window& w, int64_t size, size_t i) {
  const int64_t room = Padded(w, size, i) - Extent(w, i);
  if (room < 0) return BadPlan("the kernel is larger than the padded input");
  return room / w.strides[i] + 1;
}

template <typename OpT>
Window WindowOf(const OpT& op) {
  return {op.kernel, op.strides, op.dilations, op.pads};
}

Status CheckWeight(const Shape& weight, const Shape& expected) {
  if (weight == expected) return {};
  return BadPlan("weight is " + ToString(weight) + " but " + ToString(expected) + " was expected");
}

Status CheckGroups(int64_t groups, int64_t channels) {
  if (groups >= 1 && channels % groups == 0) return {};
  return BadPlan(std::to_string(channels) + " channels cannot be split into " + std::to_string(groups) + " groups");
}

// Weights for Winograd's algorithm, exactly where the op says so and where it can be used.
Status CheckWinograd(const TypeContext& c, const Conv2dT& op, int64_t cin, int64_t cout) {
  VITRT_RULE(c.has(5) == (op.winograd != 0), "winograd and its weight do not come together");
  if (op.winograd == 0) return {};
  const std::vector<int32_t> three{3, 3}, one{1, 1};
  VITRT_RULE(op.winograd == 2 || op.winograd == 4, "winograd has tiles of neither 2 nor 4");
  VITRT_RULE(std::isfinite(op.winograd_error) && op.winograd_error >= 0, "the winograd error is no distance");
  VITRT_RULE(op.channels_last && op.groups == 1 && op.kernel == three && op.strides == one && op.dilations == one,
             "winograd of a convolution that is not a dense 3x3 with strides and dilations of 1");
  const int64_t side = op.winograd + 2;
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 5, "the winograd weight"));
  return CheckWeight(c.shape(5), {cin, side * side * cout});
}

// The output [1, .., cout, ..] of a convolution, and the epilogue's inputs.
Result<Types> ConvOutput(const TypeContext& c, const Window& window, const Axes& axes, int64_t cout) {
  Shape y = c.shape(0);
  VITRT_ASSIGN_OR_RETURN(y[axes.height], WindowsAlong(window, y[axes.height], 0));
  VITRT_ASSIGN_OR_RETURN(y[axes.width], WindowsAlong(window, y[axes.width], 1));
  y[axes.channels] = cout;
  VITRT_RETURN_IF_ERROR(CheckShape(y));
  for (size_t i = 2; i <= 4; ++i) {
    if (c.has(i)) VITRT_RETURN_IF_ERROR(CheckFloat(c, i, "every input"));
  }
  if (c.has(2) && c.shape(2) != Shape{cout})
    return BadPlan("bias " + ToString(c.shape(2)) + " does not fit the output");
  if (c.has(3) && c.shape(3) != Shape{y[axes.height] * y[axes.width], cout}) {
    return BadPlan("row_bias " + ToString(c.shape(3)) + " does not fit the output " + ToString(y));
  }
  if (c.has(4) && c.shape(4) != y)
    return BadPlan("residual " + ToString(c.shape(4)) + " does not fit the output " + ToString(y));
  return One(DType::F32, std::move(y));
}

}  // namespace

Result<Types> InferConv2d(const TypeContext& c) {
  const auto& op = c.attributes<Conv2dT>();
  const Window window = WindowOf(op);
  VITRT_RETURN_IF_ERROR(CheckWindow(c, window));
  const Axes axes = AxesOf(op.channels_last);
  const Shape& weight = c.shape(1);
  if (weight.size() != 4) return BadPlan("weight must have four dims but is " + ToString(weight));
  const int64_t cin = c.shape(0)[axes.channels], cout = weight[op.channels_last ? 3 : 0];
  VITRT_RETURN_IF_ERROR(CheckGroups(op.groups, cin));
  VITRT_RETURN_IF_ERROR(CheckGroups(op.groups, cout));
  const int64_t kh = op.kernel[0], kw = op.kernel[1], per_group = cin / op.groups;
  VITRT_RETURN_IF_ERROR(
      CheckWeight(weight, op.channels_last ? Shape{kh, kw, per_group, cout} : Shape{cout, per_group, kh, kw}));
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 1, "every input"));
  VITRT_RETURN_IF_ERROR(CheckWinograd(c, op, cin, cout));
  return ConvOutput(c, window, axes, cout);
}

Result<Types> InferConvI8(const TypeContext& c) {
  const auto& op = c.attributes<ConvI8T>();
  const Window window = WindowOf(op);
  VITRT_RETURN_IF_ERROR(CheckWindow(c, window));
  const auto parts = [](int64_t size, int64_t part) { return (size + part - 1) / part; };
  const Shape& weight = c.shape(1);
  if (weight.size() != 4) return BadPlan("weight must have four dims but is " + ToString(weight));
  const int64_t cin = c.shape(0)[3], cout = weight[3];
  VITRT_RETURN_IF_ERROR(CheckGroups(op.groups, cin));
  VITRT_RETURN_IF_ERROR(CheckGroups(op.groups, cout));
  const int64_t kh = op.kernel[0], kw = op.kernel[1], per_group = cin / op.groups;
  VITRT_RETURN_IF_ERROR(CheckWeight(weight, {kh, kw, parts(per_group, 4), cout}));
  VITRT_RETURN_IF_ERROR(CheckInt8Constants(c, cout, kh * kw * per_group));
  VITRT_RETURN_IF_ERROR(CheckInputRange(op.range, op.input_scale, op.input_zero));
  const Shape runs{op.groups * parts(cout / op.groups, 16), kh * kw * parts(per_group, 16)};
  if (c.shape(7) != runs) return BadPlan("runs " + ToString(c.shape(7)) + " are not " + ToString(runs));
  return ConvOutput(c, window, AxesOf(true), cout);
}

Result<Types> InferConvTranspose2d(const TypeContext& c) {
  const auto& op = c.attributes<ConvTranspose2dT>();
  const Window window = WindowOf(op);
  VITRT_RETURN_IF_ERROR(CheckWindow(c, window));
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 1, "weight"));
  const Axes axes = AxesOf(op.channels_last);
  Shape y = c.shape(0);
  const Shape& weight = c.shape(1);
  if (weight.size() != 4) return BadPlan("weight must have four dims but is " + ToString(weight));
  const int64_t cin = y[axes.channels], kh = op.kernel[0], kw = op.kernel[1];
  VITRT_RETURN_IF_ERROR(CheckGroups(op.groups, cin));
  const int64_t per_group = weight[op.channels_last ? 3 : 1];
  VITRT_RETURN_IF_ERROR(
      CheckWeight(weight, op.channels_last ? Shape{kh, kw, cin, per_group} : Shape{cin, per_group, kh, kw}));
  y[axes.channels] = per_group * op.groups;
  for (size_t i : {0, 1}) {
    int64_t& size = y[i == 0 ? axes.height : axes.width];
    const int64_t plain = (size - 1) * op.strides[i] + Extent(window, i) - op.pads[i] - op.pads[i + 2];
    size = plain;
    if (!c.declared) continue;
    // Output padding adds rows at the end that a longer input would have reached.
    if (c.declared->shape.size() != 4) return BadPlan("the declared shape must have four dims");
    size = c.declared->shape[i == 0 ? axes.height : axes.width];
    if (size < plain || size >= plain + std::max(op.strides[i], op.dilations[i])) {
      return BadPlan("output size " + std::to_string(size) + " does not follow from the input");
    }
  }
  if (c.has(2)) {
    VITRT_RETURN_IF_ERROR(CheckFloat(c, 2, "bias"));
    if (c.shape(2) != Shape{y[axes.channels]})
      return BadPlan("bias " + ToString(c.shape(2)) + " does not fit the output");
  }
  return One(DType::F32, std::move(y));
}

Result<Types> InferPool2d(const TypeContext& c) {
  const auto& op = c.attributes<Pool2dT>();
  const Window window = WindowOf(op);
  VITRT_RETURN_IF_ERROR(CheckWindow(c, window));
  const Axes axes = AxesOf(op.channels_last);
  Shape y = c.shape(0);
  for (size_t i : {0, 1}) {
    const size_t axis = i == 0 ? axes.height : axes.width;
    const int64_t input = y[axis];
    if (!c.declared) {
      VITRT_ASSIGN_OR_RETURN(y[axis], WindowsAlong(window, input, i));
      continue;
    }
    // Ceil mode: one more window may start inside the padded input and reach over its end.
    if (c.declared->shape.size() != 4) return BadPlan("the declared shape must have four dims");
    const int64_t room = Padded(window, input, i) - Extent(window, i), stride = op.strides[i];
    y[axis] = c.declared->shape[axis];
    const bool floor_size = room >= 0 && y[axis] == room / stride + 1;
    const bool ceil_size =
        room > -stride && y[axis] == (room + stride - 1) / stride + 1 && (y[axis] - 1) * stride < input + op.pads[i];
    if (!floor_size && !ceil_size)
      return BadPlan("output size " + std::to_string(y[axis]) + " does not follow from the input");
  }
  return One(DType::F32, std::move(y));
}

Result<Types> InferResize(const TypeContext& c) {
  const auto& op = c.attributes<ResizeT>();
  if (!c.declared) return BadPlan("Resize needs the shape of its output");
  VITRT_RULE(op.mode <= ResizeMode::MAX && op.coordinates <= ResizeCoordinates::MAX && op.nearest <= ResizeNearest::MAX,
             "unknown mode");
  VITRT_RULE(std::isfinite(op.cubic_a) && std::isfinite(op.extrapolation), "a parameter is not finite");
  const size_t rank = c.shape(0).size();
  if (c.declared->shape.size() != rank || op.scales.size() != rank) {
    return BadPlan("Resize needs a size and a scale for every axis of " + ToString(c.shape(0)));
  }
  if (op.mode != ResizeMode::Nearest) VITRT_RETURN_IF_ERROR(CheckFloat(c, 0, "x"));
  for (float scale : op.scales) {
    if (!(scale > 0)) return BadPlan("Resize needs positive scales");
  }
  return One(c.in(0).dtype, c.declared->shape);
}

}  // namespace vitrt::plan

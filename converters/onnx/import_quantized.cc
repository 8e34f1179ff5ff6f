// The quantised operators of ai.onnx, as the arithmetic on fp32 that they mean: integers of 8 bits are whole numbers in
// floats, rounded and clamped where the operator quantises. The int8 stage finds linear layers and convolutions in it.
#include <cmath>
#include <limits>

#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

// A scale or zero point, which are one number or one for each index of an axis of x, so that it broadcasts to x.
Result<ValueId> AlongAxis(NodeContext& node, ValueId v, const Shape& x, int64_t axis, const char* what) {
  VITRT_ASSIGN_OR_RETURN(v, node.Cast(v, DType::F32));
  const Shape shape = node.type(v).shape;
  if (NumElements(shape) == 1) return node.Reshape(v, {});
  if (shape.size() != 1) return node.Refuse(std::string(what) + " " + ToString(shape) + " is in blocks");
  VITRT_ASSIGN_OR_RETURN(const int at, node.Axis(axis, x.size()));
  const int64_t size = x[static_cast<size_t>(at)];
  if (shape[0] != size)
    return BadPlan(std::string(what) + " has " + std::to_string(shape[0]) + " elements, axis " + std::to_string(at) +
                   " of x " + ToString(x) + " has " + std::to_string(size));
  Shape broadcast(x.size(), 1);
  broadcast[static_cast<size_t>(at)] = size;
  return node.Reshape(v, broadcast);
}

// Scales along an axis; constant ones are finite and above 0.
Result<ValueId> ScaleAlongAxis(NodeContext& node, ValueId v, const Shape& x, int64_t axis) {
  VITRT_ASSIGN_OR_RETURN(v, AlongAxis(node, v, x, axis, "the scale"));
  VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> scales, node.Constant(v));
  for (int64_t i = 0; scales && i < scales->size(); ++i) {
    const float scale = scales->f32()[i];
    if (!(scale > 0) || !std::isfinite(scale))
      return BadPlan("scale " + std::to_string(i) + " is " + std::to_string(scale) + ", not a finite number above 0");
  }
  return v;
}

// x - zero point, where there is one.
Result<ValueId> Centred(NodeContext& node, ValueId x, ValueId zero, int64_t axis) {
  VITRT_ASSIGN_OR_RETURN(x, node.Cast(x, DType::F32));
  if (zero == kNoValue) return x;
  VITRT_ASSIGN_OR_RETURN(zero, AlongAxis(node, zero, node.type(x).shape, axis, "the zero point"));
  return node.Binary(BinaryFn::Sub, x, zero);
}

// Whole numbers in floats as the I32 that the model has there.
Result<ValueId> AsIntegers(NodeContext& node, ValueId floats, int32_t low, int32_t high) {
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Cast(floats, DType::I32));
  node.SetNarrow(y, {low, high, floats});
  return y;
}

// clamp(round(x) + zero) in the range of the zero point, or of `range` where it is absent.
Result<ValueId> Rounded(NodeContext& node, ValueId x, ValueId zero, int64_t axis, NarrowIntegers range) {
  if (zero != kNoValue) {
    const NarrowIntegers* narrow = node.Narrow(zero);
    if (narrow == nullptr) return node.Refuse("the zero point is no integer of 8 or 16 bits");
    range = *narrow;
  }
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Unary(UnaryFn::Round, x));
  if (zero != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(zero, AlongAxis(node, zero, node.type(x).shape, axis, "the zero point"));
    VITRT_ASSIGN_OR_RETURN(y, node.Binary(BinaryFn::Add, y, zero));
  }
  VITRT_ASSIGN_OR_RETURN(y,
                         node.Unary(UnaryFn::Clip, y, static_cast<float>(range.low), static_cast<float>(range.high)));
  return AsIntegers(node, y, range.low, range.high);
}

Status CheckBlocks(NodeContext& node) {
  VITRT_ASSIGN_OR_RETURN(const int64_t block, node.Int("block_size", 0));
  return block == 0 ? Status() : node.Refuse("quantised in blocks");
}

Status ImportDequantizeLinear(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_RETURN_IF_ERROR(CheckBlocks(node));
  VITRT_ASSIGN_OR_RETURN(const int64_t axis, node.Int("axis", 1));
  VITRT_ASSIGN_OR_RETURN(const ValueId scale, ScaleAlongAxis(node, node.in(1), node.shape(0), axis));
  VITRT_ASSIGN_OR_RETURN(const ValueId x, Centred(node, node.in(0), node.in(2), axis));
  return node.Output(node.Binary(BinaryFn::Mul, x, scale));
}

Status ImportQuantizeLinear(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_RETURN_IF_ERROR(CheckBlocks(node));
  VITRT_ASSIGN_OR_RETURN(const int64_t axis, node.Int("axis", 1));
  constexpr int64_t kUint8 = 2;  // TensorProto.DataType
  VITRT_ASSIGN_OR_RETURN(const int64_t type, node.Int("output_dtype", 0));
  const auto range = NarrowRange(type == 0 ? kUint8 : type);
  if (!range) return node.Refuse("the result is no integer of 8 or 16 bits");
  VITRT_ASSIGN_OR_RETURN(const ValueId x, node.Cast(node.in(0), DType::F32));
  VITRT_ASSIGN_OR_RETURN(const ValueId scale, ScaleAlongAxis(node, node.in(1), node.shape(0), axis));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Binary(BinaryFn::Div, x, scale));
  return node.Output(Rounded(node, y, node.in(2), axis, *range));
}

// The range of x and 0 in 255 steps. The rounded x is one op, from which the integers follow; the scale and the zero point
// are for those who read them by themselves.
Status ImportDynamicQuantizeLinear(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  const ValueId x = node.in(0), none = node.Scalar(DType::F32, 0), one = node.Scalar(DType::F32, 1);
  std::vector<int32_t> axes;
  for (size_t i = 0; i < node.rank(0); ++i) axes.push_back(static_cast<int32_t>(i));
  const auto largest = [&](plan::ReduceFn reduce, BinaryFn fn) -> Result<ValueId> {
    VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Emit(ops::Reduce(reduce, axes, false), {x}));
    return node.Binary(fn, y, none);
  };
  VITRT_ASSIGN_OR_RETURN(const ValueId low, largest(plan::ReduceFn::Min, BinaryFn::Min));
  VITRT_ASSIGN_OR_RETURN(const ValueId high, largest(plan::ReduceFn::Max, BinaryFn::Max));
  VITRT_ASSIGN_OR_RETURN(const ValueId range, node.Binary(BinaryFn::Sub, high, low));
  VITRT_ASSIGN_OR_RETURN(const ValueId step, node.Binary(BinaryFn::Div, range, node.Scalar(DType::F32, 255)));
  VITRT_ASSIGN_OR_RETURN(const ValueId empty, node.Binary(BinaryFn::Equal, range, none));
  VITRT_ASSIGN_OR_RETURN(const ValueId scale, node.Emit(plan::WhereT(), {empty, one, step}));
  VITRT_ASSIGN_OR_RETURN(ValueId zero, node.Binary(BinaryFn::Div, low, scale));
  VITRT_ASSIGN_OR_RETURN(zero, node.Binary(BinaryFn::Sub, none, zero));
  const NarrowIntegers bytes{0, 255, kNoValue};
  VITRT_ASSIGN_OR_RETURN(zero, Rounded(node, zero, kNoValue, 0, bytes));
  VITRT_ASSIGN_OR_RETURN(const ValueId rounded, node.Emit(plan::DynamicFakeQuantizeT(), {x}));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Binary(BinaryFn::Div, rounded, scale));
  VITRT_RETURN_IF_ERROR(node.Output(Rounded(node, y, zero, 0, bytes)));
  VITRT_RETURN_IF_ERROR(node.Output(scale, 1));
  return node.Output(zero, 2);
}

// (a - its zero point) (b - its zero point): one zero point, one for each row of a, one for each column of b.
Result<ValueId> EmitCentredMatMul(NodeContext& node, ValueId a, ValueId a_zero, ValueId b, ValueId b_zero) {
  const Shape rows = node.type(a).shape;
  VITRT_ASSIGN_OR_RETURN(a, Centred(node, a, a_zero, rows.size() < 2 ? 0 : -2));
  VITRT_ASSIGN_OR_RETURN(b, Centred(node, b, b_zero, -1));
  return EmitMatMul(node, a, b);
}

Status ImportMatMulInteger(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, EmitCentredMatMul(node, node.in(0), node.in(2), node.in(1), node.in(3)));
  constexpr auto kLimits = std::numeric_limits<int32_t>();
  return node.Output(AsIntegers(node, y, kLimits.min(), kLimits.max()));
}

Status ImportConvInteger(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  VITRT_ASSIGN_OR_RETURN(const ValueId x, Centred(node, node.in(0), node.in(2), 1));
  VITRT_ASSIGN_OR_RETURN(const ValueId weight, Centred(node, node.in(1), node.in(3), 0));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, EmitConv(node, x, weight, kNoValue));
  constexpr auto kLimits = std::numeric_limits<int32_t>();
  return node.Output(AsIntegers(node, y, kLimits.min(), kLimits.max()));
}

// Sums times a_scale * b_scale / y_scale, each one number or one along its axis of y, then quantised.
struct Requantization {
  ValueId a_scale;
  int64_t a_axis;
  ValueId b_scale;
  int64_t b_axis;
  ValueId y_scale, y_zero;
};
Result<ValueId> Requantized(NodeContext& node, ValueId sums, const Requantization& q) {
  const Shape shape = node.type(sums).shape;
  VITRT_ASSIGN_OR_RETURN(const ValueId a, ScaleAlongAxis(node, q.a_scale, shape, q.a_axis));
  VITRT_ASSIGN_OR_RETURN(const ValueId b, ScaleAlongAxis(node, q.b_scale, shape, q.b_axis));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, ScaleAlongAxis(node, q.y_scale, shape, -1));
  VITRT_ASSIGN_OR_RETURN(ValueId scale, node.Binary(BinaryFn::Mul, a, b));
  VITRT_ASSIGN_OR_RETURN(scale, node.Binary(BinaryFn::Div, scale, y));
  VITRT_ASSIGN_OR_RETURN(sums, node.Binary(BinaryFn::Mul, sums, scale));
  return Rounded(node, sums, q.y_zero, -1, {});
}

// Inputs: a, scale, zero point, b, scale, zero point, scale and zero point of y.
Status ImportQLinearMatMul(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(8));
  VITRT_ASSIGN_OR_RETURN(const ValueId sums, EmitCentredMatMul(node, node.in(0), node.in(2), node.in(3), node.in(5)));
  return node.Output(Requantized(node, sums, {node.in(1), -2, node.in(4), -1, node.in(6), node.in(7)}));
}

// Inputs: as those of QLinearMatMul, and the bias in units of the sums.
Status ImportQLinearConv(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(8));
  VITRT_ASSIGN_OR_RETURN(const ValueId x, Centred(node, node.in(0), node.in(2), 1));
  VITRT_ASSIGN_OR_RETURN(const ValueId weight, Centred(node, node.in(3), node.in(5), 0));
  ValueId bias = node.in(8);
  if (bias != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(bias, node.Cast(bias, DType::F32));
  }
  VITRT_ASSIGN_OR_RETURN(const ValueId sums, EmitConv(node, x, weight, bias));
  return node.Output(Requantized(node, sums, {node.in(1), 1, node.in(4), 1, node.in(6), node.in(7)}));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"ConvInteger", 10, kNewestOpset, ImportConvInteger, "Sub, Conv2d", "three spatial axes"},
    {"DequantizeLinear", 10, kNewestOpset, ImportDequantizeLinear, "Cast, Sub, Mul", "blocks; integers of 4 bits, 8-bit floats"},
    {"DynamicQuantizeLinear", 11, kNewestOpset, ImportDynamicQuantizeLinear, "DynamicFakeQuantize, Reduce, Binary, Unary", ""},
    {"MatMulInteger", 10, kNewestOpset, ImportMatMulInteger, "Sub, MatMul", ""},
    {"QLinearConv", 10, kNewestOpset, ImportQLinearConv, "Sub, Conv2d, Mul, Unary", "three spatial axes"},
    {"QLinearMatMul", 10, kNewestOpset, ImportQLinearMatMul, "Sub, MatMul, Mul, Unary", ""},
    {"QuantizeLinear", 10, kNewestOpset, ImportQuantizeLinear, "Div, Unary, Add", "blocks; integers of 4 bits, 8-bit floats"},
};
// clang-format on

}  // namespace

std::span<const Operator> QuantizedOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

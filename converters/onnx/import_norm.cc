// Normalizations with a mean or a norm of their input.
#include <cmath>

#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

using plan::BinaryFn;
using plan::ReduceFn;
using plan::UnaryFn;

// v [c] as [c, 1, ..., 1], to broadcast along axis 1 of a tensor of the given rank.
Result<ValueId> PerChannel(NodeContext& node, ValueId v, size_t rank) {
  Shape shape(rank < 2 ? 0 : rank - 1, 1);
  if (shape.empty()) return v;
  shape[0] = NumElements(node.type(v).shape);
  return node.Reshape(v, shape);
}

// x * scale + bias per channel of axis 1.
Result<ValueId> Affine(NodeContext& node, ValueId x, ValueId scale, ValueId bias) {
  const size_t rank = node.type(x).shape.size();
  VITRT_ASSIGN_OR_RETURN(scale, PerChannel(node, scale, rank));
  VITRT_ASSIGN_OR_RETURN(bias, PerChannel(node, bias, rank));
  VITRT_ASSIGN_OR_RETURN(const ValueId scaled, node.Binary(BinaryFn::Mul, x, scale));
  return node.Binary(BinaryFn::Add, scaled, bias);
}

Status CheckChannels(NodeContext& node, size_t first, size_t last) {
  if (node.rank(0) < 2) return BadPlan("x must have at least two dims but is " + ToString(node.shape(0)));
  for (size_t i = first; i <= last; ++i) {
    if (node.shape(i) != Shape{node.shape(0)[1]})
      return BadPlan("input " + std::to_string(i) + " does not fit the channels of " + ToString(node.shape(0)));
  }
  return {};
}

// Mean and variance of x [n, c, ...] per channel, over all other axes.
void ChannelStatistics(const Tensor& x, std::vector<double>* mean, std::vector<double>* variance) {
  const std::vector<double> values = ToF64Vector(x);
  const size_t channels = static_cast<size_t>(x.shape[1]), run = static_cast<size_t>(Strides(x.shape)[1]);
  const size_t of_each = values.size() / channels;
  const double count = static_cast<double>(of_each);
  mean->assign(channels, 0);
  variance->assign(channels, 0);
  for (size_t i = 0; i < values.size(); ++i) (*mean)[i / run % channels] += values[i] / count;
  for (size_t i = 0; i < values.size(); ++i) {
    const double distance = values[i] - (*mean)[i / run % channels];
    (*variance)[i / run % channels] += distance * distance / count;
  }
}

// Ioffe, Szegedy 2015: y = x * s + t with s = gamma / sqrt(var + eps), t = beta - mean * s. In training mode mean and
// var are those of x, which a weight has (weight standardization, Qiao et al. 2019) and a batch of one image does not.
Status ImportBatchNormalization(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(5));
  VITRT_ASSIGN_OR_RETURN(int64_t training, node.Int("training_mode", 0));
  for (size_t i = 1; i < node.num_outputs() && node.opset() < 14; ++i) training |= node.wants(i);
  VITRT_RETURN_IF_ERROR(CheckChannels(node, 1, 4));
  VITRT_ASSIGN_OR_RETURN(const float epsilon, node.Float("epsilon", 1e-5f));
  std::vector<std::vector<double>> known;  // gamma, beta, mean, var
  for (size_t i = 1; i <= 4; ++i) {
    VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> data, node.Constant(node.in(i)));
    if (!data) return node.Refuse("scale, bias, mean and variance must be constant");
    known.push_back(ToF64Vector(*data));
  }
  if (training) {
    VITRT_ASSIGN_OR_RETURN(const std::optional<Tensor> x, node.Constant(node.in(0)));
    if (!x) return node.Refuse("training mode normalizes with the batch at hand; export the model after model.eval()");
    if (x->size() == 0) return BadPlan("no element to normalize");
    ChannelStatistics(*x, &known[2], &known[3]);
  }
  const Shape channels = node.shape(1);
  std::vector<double> scale(known[0].size()), shift(known[0].size());
  for (size_t i = 0; i < scale.size(); ++i) {
    scale[i] = known[0][i] / std::sqrt(known[3][i] + double{epsilon});
    shift[i] = known[1][i] - known[2][i] * scale[i];
  }
  const ValueId s = node.Add(FromF64Vector({DType::F32, channels}, scale));
  const ValueId t = node.Add(FromF64Vector({DType::F32, channels}, shift));
  return node.Output(Affine(node, node.in(0), s, t));
}

// LayerNormalization and RMSNormalization over the axes [axis, rank): seen as one last axis. A scale or bias of that
// very shape becomes part of the op, any other broadcastable one is multiplied or added.
Status ImportLayerNormalization(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(2));
  const bool rms = node.op_type() == "RMSNormalization";
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", -1));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, node.rank(0)));
  VITRT_ASSIGN_OR_RETURN(const float epsilon, node.Float("epsilon", 1e-5f));
  const Shape shape = node.shape(0), normalized(shape.begin() + axis, shape.end());
  Shape rows(shape.begin(), shape.begin() + axis);
  rows.push_back(NumElements(normalized));
  VITRT_ASSIGN_OR_RETURN(const ValueId x, node.Reshape(node.in(0), rows));

  std::vector<ValueId> inputs{x};
  const bool has_bias = !rms && node.has(2);
  const bool inside = node.shape(1) == normalized && (!has_bias || node.shape(2) == normalized);
  for (size_t i = 1; inside && i <= (has_bias ? 2u : 1u); ++i) {
    VITRT_ASSIGN_OR_RETURN(const ValueId flat, node.Reshape(node.in(i), {rows.back()}));
    inputs.push_back(flat);
  }
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Emit(ops::LayerNorm(epsilon, rms), inputs));
  VITRT_ASSIGN_OR_RETURN(y, node.Reshape(y, shape));
  if (!inside) {
    VITRT_ASSIGN_OR_RETURN(y, node.Binary(BinaryFn::Mul, y, node.in(1)));
  }
  if (!inside && has_bias) {
    VITRT_ASSIGN_OR_RETURN(y, node.Binary(BinaryFn::Add, y, node.in(2)));
  }
  VITRT_RETURN_IF_ERROR(node.Output(y));
  if (rms || (!node.wants(1) && !node.wants(2))) return {};

  // Mean and InvStdDev keep the rank of x; exporters name them also where nobody reads them.
  std::vector<int32_t> axes;
  for (size_t i = static_cast<size_t>(axis); i < shape.size(); ++i) axes.push_back(static_cast<int32_t>(i));
  VITRT_ASSIGN_OR_RETURN(const ValueId mean, node.Emit(ops::Reduce(ReduceFn::Mean, axes, true), {node.in(0)}));
  VITRT_RETURN_IF_ERROR(node.Output(mean, 1));
  if (!node.wants(2)) return {};
  VITRT_ASSIGN_OR_RETURN(const ValueId centred, node.Binary(BinaryFn::Sub, node.in(0), mean));
  VITRT_ASSIGN_OR_RETURN(const ValueId squared, node.Binary(BinaryFn::Mul, centred, centred));
  VITRT_ASSIGN_OR_RETURN(const ValueId variance, node.Emit(ops::Reduce(ReduceFn::Mean, axes, true), {squared}));
  VITRT_ASSIGN_OR_RETURN(const ValueId safe,
                         node.Binary(BinaryFn::Add, variance, node.Scalar(DType::F32, double{epsilon})));
  VITRT_ASSIGN_OR_RETURN(const ValueId deviation, node.Unary(UnaryFn::Sqrt, safe));
  return node.Output(node.Unary(UnaryFn::Reciprocal, deviation), 2);
}

// Ulyanov, Vedaldi, Lempitsky 2016: each channel of each image is normalized over its positions.
Status ImportInstanceNormalization(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  VITRT_RETURN_IF_ERROR(CheckChannels(node, 1, 2));
  VITRT_ASSIGN_OR_RETURN(const float epsilon, node.Float("epsilon", 1e-5f));
  const Shape shape = node.shape(0);
  const int64_t positions = NumElements(Shape(shape.begin() + 2, shape.end()));
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Reshape(node.in(0), {shape[0], shape[1], positions}));
  VITRT_ASSIGN_OR_RETURN(y, node.Emit(ops::LayerNorm(epsilon), {y}));
  VITRT_ASSIGN_OR_RETURN(y, node.Reshape(y, shape));
  return node.Output(Affine(node, y, node.in(1), node.in(2)));
}

// Wu, He 2018. scale and bias are per group in opset 18, per channel since 21.
Status ImportGroupNormalization(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  if (node.rank(0) < 2) return BadPlan("x must have at least two dims");
  VITRT_ASSIGN_OR_RETURN(const float epsilon, node.Float("epsilon", 1e-5f));
  VITRT_ASSIGN_OR_RETURN(const int64_t groups, node.Int("num_groups"));
  const Shape shape = node.shape(0);
  if (groups < 1 || shape[1] % groups != 0)
    return BadPlan("the channels of " + ToString(shape) + " cannot be split into " + std::to_string(groups) +
                   " groups");
  const int64_t scales = node.opset() < 21 ? groups : shape[1];
  if (node.shape(1) != Shape{scales} || node.shape(2) != Shape{scales}) return BadPlan("scale or bias does not fit");
  const int64_t per_group = NumElements(Shape(shape.begin() + 1, shape.end())) / groups;
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Reshape(node.in(0), {shape[0], groups, per_group}));
  VITRT_ASSIGN_OR_RETURN(y, node.Emit(ops::LayerNorm(epsilon), {y}));
  if (scales != shape[1]) {
    VITRT_ASSIGN_OR_RETURN(y, Affine(node, y, node.in(1), node.in(2)));
    return node.Output(node.Reshape(y, shape));
  }
  VITRT_ASSIGN_OR_RETURN(y, node.Reshape(y, shape));
  return node.Output(Affine(node, y, node.in(1), node.in(2)));
}

// x / norm of order p along axis; a zero norm leaves zeros.
Status ImportLpNormalization(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const int64_t given, node.Int("axis", -1));
  VITRT_ASSIGN_OR_RETURN(const int axis, node.Axis(given, node.rank(0)));
  VITRT_ASSIGN_OR_RETURN(const int64_t p, node.Int("p", 2));
  if (p != 1 && p != 2) return BadPlan("p must be 1 or 2");
  VITRT_ASSIGN_OR_RETURN(const ValueId norm,
                         node.Emit(ops::Reduce(p == 1 ? ReduceFn::L1 : ReduceFn::L2, {axis}, true), {node.in(0)}));
  VITRT_ASSIGN_OR_RETURN(const ValueId zero, node.Binary(BinaryFn::Equal, norm, node.Scalar(DType::F32, 0)));
  VITRT_ASSIGN_OR_RETURN(const ValueId divisor, node.Emit(plan::WhereT(), {zero, node.Scalar(DType::F32, 1), norm}));
  return node.Output(node.Binary(BinaryFn::Div, node.in(0), divisor));
}

// (x - mean) / sqrt(var), over the given axes; the specification adds 1e-9 to the deviation.
Status ImportMeanVarianceNormalization(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const auto given, node.Ints("axes"));
  VITRT_ASSIGN_OR_RETURN(const std::vector<int32_t> axes,
                         node.Axes(given.value_or(std::vector<int64_t>{0, 2, 3}), node.rank(0)));
  VITRT_ASSIGN_OR_RETURN(const ValueId mean, node.Emit(ops::Reduce(ReduceFn::Mean, axes, true), {node.in(0)}));
  VITRT_ASSIGN_OR_RETURN(const ValueId centred, node.Binary(BinaryFn::Sub, node.in(0), mean));
  VITRT_ASSIGN_OR_RETURN(const ValueId squared, node.Binary(BinaryFn::Mul, centred, centred));
  VITRT_ASSIGN_OR_RETURN(const ValueId variance, node.Emit(ops::Reduce(ReduceFn::Mean, axes, true), {squared}));
  VITRT_ASSIGN_OR_RETURN(const ValueId deviation, node.Unary(UnaryFn::Sqrt, variance));
  VITRT_ASSIGN_OR_RETURN(const ValueId safe, node.Binary(BinaryFn::Add, deviation, node.Scalar(DType::F32, 1e-9)));
  return node.Output(node.Binary(BinaryFn::Div, centred, safe));
}

// Krizhevsky, Sutskever, Hinton 2012, 3.3: x / (bias + alpha / size * sum of squares of nearby channels)^beta. The
// sum is an average pool over the channel axis that counts its padding.
Status ImportLrn(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(1));
  VITRT_ASSIGN_OR_RETURN(const float alpha, node.Float("alpha", 1e-4f));
  VITRT_ASSIGN_OR_RETURN(const float beta, node.Float("beta", 0.75f));
  VITRT_ASSIGN_OR_RETURN(const float bias, node.Float("bias", 1));
  VITRT_ASSIGN_OR_RETURN(const int64_t size, node.Int("size"));
  const Shape shape = node.shape(0);
  if (shape.size() < 2 || size < 1 || size > (1 << 20)) return BadPlan("x or size does not fit");
  VITRT_ASSIGN_OR_RETURN(const ValueId squared, node.Binary(BinaryFn::Mul, node.in(0), node.in(0)));
  const int64_t positions = NumElements(Shape(shape.begin() + 2, shape.end()));
  VITRT_ASSIGN_OR_RETURN(ValueId mean, node.Reshape(squared, {shape[0], 1, shape[1], positions}));
  plan::Pool2dT pool;
  pool.channels_last = false;
  pool.average = pool.count_include_pad = true;
  pool.kernel = {static_cast<int32_t>(size), 1};
  pool.strides = pool.dilations = {1, 1};
  pool.pads = {static_cast<int32_t>((size - 1) / 2), 0, static_cast<int32_t>(size - 1 - (size - 1) / 2), 0};
  VITRT_ASSIGN_OR_RETURN(mean, node.Emit(std::move(pool), {mean}));
  VITRT_ASSIGN_OR_RETURN(mean, node.Reshape(mean, shape));
  VITRT_ASSIGN_OR_RETURN(mean, node.Scale(mean, double{alpha}));
  VITRT_ASSIGN_OR_RETURN(mean, node.Binary(BinaryFn::Add, mean, node.Scalar(DType::F32, double{bias})));
  VITRT_ASSIGN_OR_RETURN(mean, node.Binary(BinaryFn::Pow, mean, node.Scalar(DType::F32, double{beta})));
  return node.Output(node.Binary(BinaryFn::Div, node.in(0), mean));
}

// clang-format off
constexpr Operator kOperators[] = {
    {"BatchNormalization", 7, kNewestOpset, ImportBatchNormalization, "Mul, Add per channel", "training mode, except of constants; computed statistics"},
    {"GroupNormalization", 18, kNewestOpset, ImportGroupNormalization, "Reshape, LayerNorm, Mul, Add", ""},
    {"InstanceNormalization", 6, kNewestOpset, ImportInstanceNormalization, "Reshape, LayerNorm, Mul, Add", ""},
    {"LRN", 1, kNewestOpset, ImportLrn, "Pool2d over channels, Binary", ""},
    {"LayerNormalization", 17, kNewestOpset, ImportLayerNormalization, "LayerNorm", ""},
    {"LpNormalization", 1, kNewestOpset, ImportLpNormalization, "Reduce, Where, Div", ""},
    {"MeanVarianceNormalization", 9, kNewestOpset, ImportMeanVarianceNormalization, "Reduce, Binary, Unary", ""},
    {"RMSNormalization", 23, kNewestOpset, ImportLayerNormalization, "LayerNorm", ""},
};
// clang-format on

}  // namespace

std::span<const Operator> NormOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

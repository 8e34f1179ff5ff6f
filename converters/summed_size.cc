#include "converters/summed_size.h"

#include <algorithm>
#include <cmath>

namespace vitrt::convert {
namespace {

using Inputs = std::vector<std::optional<Tensor>>;

double Largest(const Tensor& x) {
  double largest = 0;
  for (double v : ToF64Vector(x)) {
    if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
  }
  return largest;
}

Tensor Magnitudes(const Tensor& x) {
  if (x.dtype != DType::F32) return x;
  MutableTensor y(x.type());
  std::transform(x.f32(), x.f32() + x.size(), y.data<float>(), [](float v) { return std::abs(v); });
  return std::move(y).Freeze();
}

// Largest output of the op where its inputs are magnitudes.
double OfMagnitudes(const plan::OpUnion& op, Inputs inputs, const std::vector<ValueType>& outputs) {
  for (std::optional<Tensor>& x : inputs) {
    if (x) x = Magnitudes(*x);
  }
  const auto sums = EvaluateNode(op, inputs, outputs);
  return sums.ok() ? Largest(sums->front()) : 0;
}

// Attention: the weighted sums of the values (input 2). The weights are what they are.
double OfValues(const plan::OpUnion& op, Inputs inputs, const std::vector<ValueType>& outputs) {
  inputs[2] = Magnitudes(*inputs[2]);
  const auto sums = EvaluateNode(op, inputs, outputs);
  return sums.ok() ? Largest(sums->front()) : 0;
}

// Without what follows the sums.
template <typename OpT>
plan::OpUnion Linearly(const plan::OpUnion& op) {
  OpT plain(*static_cast<const OpT*>(op.value));
  plain.act.reset();
  plan::OpUnion u;
  u.Set(std::move(plain));
  return u;
}

// The exact sums of an int8 layer, and what is added to them. Inputs 2 to 4: bias, row_bias, residual.
template <typename OpT>
double OfInt8(const plan::OpUnion& op, Inputs inputs, const std::vector<ValueType>& outputs) {
  double size = 0;
  for (size_t i = 2; i <= 4 && i < inputs.size(); ++i) {
    if (inputs[i]) size += Largest(*inputs[i]);
    inputs[i].reset();
  }
  const auto sums = EvaluateNode(Linearly<OpT>(op), inputs, outputs);
  return sums.ok() ? size + Largest(sums->front()) : 0;
}

double OfLayerNorm(const plan::LayerNormT& op, const Inputs& inputs) {
  const Tensor& x = *inputs[0];
  const int64_t n = x.shape.back();
  if (op.rms || n == 0) return 0;
  double size = 0;
  for (int64_t r = 0; r < x.size() / n; ++r) {
    const float* row = x.f32() + r * n;
    double mean = 0, variance = 0, largest = 0;
    for (int64_t i = 0; i < n; ++i) mean += static_cast<double>(row[i]) / static_cast<double>(n);
    for (int64_t i = 0; i < n; ++i) {
      const double v = static_cast<double>(row[i]);
      variance += (v - mean) * (v - mean) / static_cast<double>(n);
      largest = std::max(largest, std::abs(v));
    }
    const double result = largest / std::sqrt(variance + static_cast<double>(op.epsilon));
    if (std::isfinite(result)) size = std::max(size, result);
  }
  return size * (inputs.size() > 1 && inputs[1] ? Largest(*inputs[1]) : 1);
}

}  // namespace

double SummedSize(const plan::OpUnion& op, const Inputs& inputs, const std::vector<ValueType>& outputs) {
  if (outputs.empty() || outputs[0].dtype != DType::F32) return 0;
  switch (op.type) {
    case plan::Op::Linear:
      return OfMagnitudes(Linearly<plan::LinearT>(op), inputs, outputs);
    case plan::Op::Conv2d:
      return OfMagnitudes(Linearly<plan::Conv2dT>(op), inputs, outputs);
    case plan::Op::ConvTranspose2d:
    case plan::Op::MatMul:
    case plan::Op::Pool2d:
      return OfMagnitudes(op, inputs, outputs);
    case plan::Op::Reduce: {
      const plan::ReduceFn fn = op.AsReduce()->fn;
      return fn == plan::ReduceFn::Mean || fn == plan::ReduceFn::Sum ? OfMagnitudes(op, inputs, outputs) : 0;
    }
    case plan::Op::Attention:
      return OfValues(op, inputs, outputs);
    case plan::Op::LayerNorm:
      return OfLayerNorm(*op.AsLayerNorm(), inputs);
    case plan::Op::LinearI8:
      return OfInt8<plan::LinearI8T>(op, inputs, outputs);
    case plan::Op::ConvI8:
      return OfInt8<plan::ConvI8T>(op, inputs, outputs);
    default:
      return 0;
  }
}

}  // namespace vitrt::convert

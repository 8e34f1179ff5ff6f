// Softmax, LayerNorm, CumSum: one axis at a time.
#include <algorithm>
#include <cmath>
#include <limits>

#include "converters/graph/evaluate.h"

namespace vitrt::convert::evaluate {
namespace {

void SoftmaxLine(const float* x, float* y, const AxisView& v, bool log) {
  double top = -std::numeric_limits<double>::infinity(), sum = 0;
  for (int64_t i = 0; i < v.size; ++i) top = std::max(top, double{x[i * v.inner]});
  for (int64_t i = 0; i < v.size; ++i) sum += std::exp(double{x[i * v.inner]} - top);
  for (int64_t i = 0; i < v.size; ++i) {
    const double shifted = double{x[i * v.inner]} - top;
    y[i * v.inner] = static_cast<float>(log ? shifted - std::log(sum) : std::exp(shifted) / sum);
  }
}

template <typename T, typename Sum>
Tensor CumSumAlong(const Context& c) {
  const auto& op = c.attributes<plan::CumSumT>();
  const AxisView v(c.shape(0), op.axis);
  MutableTensor y(c.out());
  for (int64_t o = 0; o < v.outer; ++o) {
    for (int64_t i = 0; i < v.inner; ++i) {
      const int64_t line = o * v.size * v.inner + i;
      Sum sum = 0;
      for (int64_t step = 0; step < v.size; ++step) {
        const int64_t at = line + (op.reverse ? v.size - 1 - step : step) * v.inner;
        const Sum x = static_cast<Sum>(c.in(0).data<T>()[at]);
        y.data<T>()[at] = static_cast<T>(op.exclusive ? sum : sum + x);
        sum += x;
      }
    }
  }
  return std::move(y).Freeze();
}

}  // namespace

Result<Tensors> EvaluateSoftmax(const Context& c) {
  const auto& op = c.attributes<plan::SoftmaxT>();
  const AxisView v(c.shape(0), op.axis);
  MutableTensor y(c.out());
  for (int64_t o = 0; o < v.outer; ++o) {
    for (int64_t i = 0; i < v.inner; ++i) {
      const int64_t line = o * v.size * v.inner + i;
      SoftmaxLine(c.in(0).f32() + line, y.data<float>() + line, v, op.log);
    }
  }
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluateLayerNorm(const Context& c) {
  const auto& op = c.attributes<plan::LayerNormT>();
  const int64_t n = c.shape(0).back();
  const int64_t rows = n == 0 ? 0 : c.in(0).size() / n;
  MutableTensor y(c.out());
  for (int64_t r = 0; r < rows; ++r) {
    const float* x = c.in(0).f32() + r * n;
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < n && !op.rms; ++i) mean += double{x[i]} / static_cast<double>(n);
    for (int64_t i = 0; i < n; ++i) variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(n);
    const double scale = 1 / std::sqrt(variance + double{op.epsilon});
    for (int64_t i = 0; i < n; ++i) {
      const double gamma = c.has(1) ? c.in(1).f32()[i] : 1, beta = c.has(2) ? c.in(2).f32()[i] : 0;
      y.data<float>()[r * n + i] = static_cast<float>((x[i] - mean) * scale * gamma + beta);
    }
  }
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluateCumSum(const Context& c) {
  // Unsigned sums wrap without overflow.
  if (c.out().dtype == DType::F32) return Tensors{CumSumAlong<float, double>(c)};
  if (c.out().dtype == DType::I32) return Tensors{CumSumAlong<int32_t, uint32_t>(c)};
  return Tensors{CumSumAlong<int64_t, uint64_t>(c)};
}

}  // namespace vitrt::convert::evaluate

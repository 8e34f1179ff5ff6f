// LinearI8 and ConvI8: rows or the image quantised as plan.fbs says, then integers, then double. DynamicFakeQuantize.
#include <algorithm>
#include <cmath>
#include <limits>

#include "converters/graph/evaluate.h"
#include "converters/graph/ops.h"

namespace vitrt::convert::evaluate {
namespace {

struct QuantizedRow {
  float scale = 0;
  int64_t zero = 0;
  std::vector<int64_t> q;
};

// In float, operation by operation: a plan's integers are those of this arithmetic.
QuantizedRow Quantize(const float* x, int64_t k) {
  QuantizedRow row;
  row.q.resize(static_cast<size_t>(k));
  const float low = std::min(0.0f, *std::min_element(x, x + k)), high = std::max(0.0f, *std::max_element(x, x + k));
  if (!std::all_of(x, x + k, [](float v) { return std::isfinite(v); })) {
    row.scale = std::numeric_limits<float>::quiet_NaN();
    return row;
  }
  row.scale = std::max(high / 255 - low / 255, std::numeric_limits<float>::min());
  const float inverse = 1 / row.scale;
  row.zero = static_cast<int64_t>(std::floor(-low * inverse + 0.5f));
  for (int64_t i = 0; i < k; ++i) {
    const float rounded = std::nearbyint(x[i] * inverse) + static_cast<float>(row.zero);
    row.q[static_cast<size_t>(i)] = static_cast<int64_t>(std::clamp(rounded, 0.0f, 255.0f));
  }
  return row;
}

// On a grid that is not the values' own; scale NaN makes all of it NaN.
QuantizedRow OnGrid(const float* x, int64_t k, float scale, int64_t zero) {
  QuantizedRow row{scale, zero, std::vector<int64_t>(static_cast<size_t>(k))};
  if (!std::all_of(x, x + k, [](float v) { return std::isfinite(v); }) || std::isnan(scale)) {
    row.scale = std::numeric_limits<float>::quiet_NaN();
    return row;
  }
  for (int64_t i = 0; i < k; ++i) {
    const float rounded = std::nearbyint(x[i] / scale) + static_cast<float>(zero);
    row.q[static_cast<size_t>(i)] = static_cast<int64_t>(std::clamp(rounded, 0.0f, 255.0f));
  }
  return row;
}

// Scale and zero of DynamicQuantizeLinear (ONNX).
std::pair<float, int64_t> DynamicGrid(const float* x, int64_t k) {
  if (!std::all_of(x, x + k, [](float v) { return std::isfinite(v); }))
    return {std::numeric_limits<float>::quiet_NaN(), 0};
  const float low = std::min(0.0f, *std::min_element(x, x + k)), high = std::max(0.0f, *std::max_element(x, x + k));
  const float scale = high - low > 0 ? (high - low) / 255 : 1;
  return {scale, static_cast<int64_t>(std::clamp(std::nearbyint(-low / scale), 0.0f, 255.0f))};
}

}  // namespace

Result<Tensors> EvaluateDynamicFakeQuantize(const Context& c) {
  const int64_t count = c.in(0).size();
  const auto [scale, zero] = DynamicGrid(c.in(0).f32(), count);
  const QuantizedRow image = OnGrid(c.in(0).f32(), count, scale, zero);
  MutableTensor y(c.out());
  for (int64_t i = 0; i < count; ++i)
    y.data<float>()[i] = image.scale * static_cast<float>(image.q[static_cast<size_t>(i)] - zero);
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluateLinearI8(const Context& c) {
  const int64_t k = c.shape(0).back(), n = c.shape(1)[1], rows = c.in(0).size() / k;
  const auto* weight = c.in(1).data<int8_t>();  // [ceil(k/4)][n][4]
  std::vector<double> y(static_cast<size_t>(rows * n));
  std::vector<int64_t> sums(static_cast<size_t>(n));
  const auto& op = c.attributes<plan::LinearI8T>();
  std::pair<float, int64_t> grid{op.input_scale, op.input_zero};
  if (op.range == plan::InputRange::Image) grid = DynamicGrid(c.in(0).f32(), rows * k);
  for (int64_t r = 0; r < rows; ++r) {
    const float* x = c.in(0).f32() + r * k;
    const QuantizedRow row = op.range == plan::InputRange::Own ? Quantize(x, k) : OnGrid(x, k, grid.first, grid.second);
    std::fill(sums.begin(), sums.end(), 0);
    for (int64_t i = 0; i < k; ++i) {
      const int64_t a = row.q[static_cast<size_t>(i)] - row.zero;
      for (int64_t j = 0; j < n; ++j) sums[static_cast<size_t>(j)] += a * weight[(i / 4 * n + j) * 4 + i % 4];
    }
    for (int64_t j = 0; j < n; ++j)
      y[static_cast<size_t>(r * n + j)] =
          static_cast<double>(sums[static_cast<size_t>(j)]) * row.scale * c.in(5).f32()[j];
  }
  return Tensors{FinishRows(c, y, ops::ActivationOf(op.act))};
}

Result<Tensors> EvaluateConvI8(const Context& c) {
  const auto& op = c.attributes<plan::ConvI8T>();
  const Shape &x = c.shape(0), &weight = c.shape(1), &y = c.out().shape;
  const int64_t count = c.in(0).size();
  std::pair<float, int64_t> grid{op.input_scale, op.input_zero};
  if (op.range == plan::InputRange::Image) grid = DynamicGrid(c.in(0).f32(), count);
  const QuantizedRow image = op.range == plan::InputRange::Own ? Quantize(c.in(0).f32(), count)
                                                               : OnGrid(c.in(0).f32(), count, grid.first, grid.second);
  const auto* w = c.in(1).data<int8_t>();  // [kh][kw][ceil(cin/groups/4)][cout][4]
  const int64_t cin = x[3] / op.groups, cout = y[3] / op.groups, fours = weight[2];
  std::vector<double> rows(static_cast<size_t>(y[1] * y[2] * y[3]));
  std::vector<int64_t> sums(static_cast<size_t>(y[3]));
  for (int64_t row = 0; row < y[1] * y[2]; ++row) {
    std::fill(sums.begin(), sums.end(), 0);
    for (int64_t tap = 0; tap < weight[0] * weight[1]; ++tap) {
      const int64_t iy = row / y[2] * op.strides[0] - op.pads[0] + tap / weight[1] * op.dilations[0];
      const int64_t ix = row % y[2] * op.strides[1] - op.pads[1] + tap % weight[1] * op.dilations[1];
      if (iy < 0 || iy >= x[1] || ix < 0 || ix >= x[2]) continue;
      for (int64_t out = 0; out < y[3]; ++out) {
        for (int64_t i = 0; i < cin; ++i) {
          const int64_t a = image.q[static_cast<size_t>((iy * x[2] + ix) * x[3] + out / cout * cin + i)] - image.zero;
          sums[static_cast<size_t>(out)] += a * w[((tap * fours + i / 4) * y[3] + out) * 4 + i % 4];
        }
      }
    }
    for (int64_t out = 0; out < y[3]; ++out)
      rows[static_cast<size_t>(row * y[3] + out)] =
          static_cast<double>(sums[static_cast<size_t>(out)]) * image.scale * c.in(5).f32()[out];
  }
  return Tensors{FinishRows(c, rows, ops::ActivationOf(op.act))};
}

}  // namespace vitrt::convert::evaluate

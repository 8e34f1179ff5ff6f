#include "converters/winograd.h"

#include <algorithm>
#include <cmath>

#include "converters/graph/ops.h"
#include "runtime/base/panels.h"
#include "runtime/kernels/winograd.h"

namespace vitrt::convert {
namespace {

constexpr int kWholeTiles = 4;  // samples without zeros

// Rows x columns, row-major.
struct Matrix {
  int64_t rows, columns;
  std::vector<double> values;
  double at(int64_t i, int64_t j) const { return values[static_cast<size_t>(i * columns + j)]; }
};

// A^T, B^T and G of F(tile, 3): Toom and Cook's interpolation at the points of winograd.h and infinity.
struct Transforms {
  Matrix a, b, g;
};

Transforms TransformsOf(int tile) {
  std::vector<double> points = {0};
  const auto add = [&](double point) { points.insert(points.end(), {point, -point}); };
  if (tile == 2) add(kernels::kWinogradPoint2);
  if (tile == 4) std::for_each(std::begin(kernels::kWinogradPoints4), std::end(kernels::kWinogradPoints4), add);
  const int side = tile + 2, finite = tile + 1;
  Transforms t{{tile, side, {}}, {side, side, {}}, {side, 3, {}}};
  for (int i = 0; i < tile; ++i) {
    for (double p : points) t.a.values.push_back(std::pow(p, i));
    t.a.values.push_back(i + 1 == tile ? 1 : 0);
  }
  for (int i = 0; i < side; ++i) {
    // The product of (x - p) over the finite points but the i-th, and its value at that one.
    std::vector<double> polynomial(static_cast<size_t>(side));
    polynomial[0] = 1;
    double scale = 1;
    for (int j = 0; j < finite; ++j) {
      if (j == i) continue;
      const double p = points[static_cast<size_t>(j)];
      for (size_t k = polynomial.size() - 1; k > 0; --k) polynomial[k] = polynomial[k - 1] - p * polynomial[k];
      polynomial[0] *= -p;
      if (i < finite) scale *= points[static_cast<size_t>(i)] - p;
    }
    t.b.values.insert(t.b.values.end(), polynomial.begin(), polynomial.end());
    for (int k = 0; k < 3; ++k)
      t.g.values.push_back(i == finite ? (k == 2 ? 1 : 0) : std::pow(points[static_cast<size_t>(i)], k) / scale);
  }
  return t;
}

// m * x * m^T in arithmetic of T. x: [m.columns, m.columns], result: [m.rows, m.rows].
template <typename T>
std::vector<T> Sandwich(const Matrix& m, const std::vector<T>& x) {
  const auto index = [](int64_t i, int64_t columns, int64_t j) { return static_cast<size_t>(i * columns + j); };
  std::vector<T> half(static_cast<size_t>(m.rows * m.columns)), result(static_cast<size_t>(m.rows * m.rows));
  for (int64_t i = 0; i < m.rows; ++i) {
    for (int64_t j = 0; j < m.columns; ++j) {
      for (int64_t k = 0; k < m.columns; ++k)
        half[index(i, m.columns, j)] += static_cast<T>(m.at(i, k)) * x[index(k, m.columns, j)];
    }
  }
  for (int64_t i = 0; i < m.rows; ++i) {
    for (int64_t j = 0; j < m.rows; ++j) {
      for (int64_t k = 0; k < m.columns; ++k)
        result[index(i, m.rows, j)] += half[index(i, m.columns, k)] * static_cast<T>(m.at(j, k));
    }
  }
  return result;
}

// [3, 3, cin, cout] -> [cin, side * side * cout].
std::vector<float> TransformWeights(const Transforms& t, const float* weight, int64_t cin, int64_t cout) {
  const int64_t places = t.b.rows * t.b.rows;
  std::vector<float> transformed(static_cast<size_t>(cin * places * cout));
  std::vector<double> taps(9);
  for (int64_t c = 0; c < cin; ++c) {
    for (int64_t n = 0; n < cout; ++n) {
      for (int64_t tap = 0; tap < 9; ++tap) taps[static_cast<size_t>(tap)] = weight[(tap * cin + c) * cout + n];
      const std::vector<double> tile = Sandwich(t.g, taps);
      for (int64_t place = 0; place < places; ++place) {
        transformed[static_cast<size_t>((c * places + place) * cout + n)] =
            static_cast<float>(tile[static_cast<size_t>(place)]);
      }
    }
  }
  return transformed;
}

// A tile of pseudo-random inputs, some of which are 0, and the outputs that are looked at.
struct Sample {
  std::vector<char> zero;          // of each place of the tile
  std::vector<int64_t> looked_at;  // tile * tile at most
};

// Every output of whole tiles; the output in each corner where the row and the column beside it are padding; an output for each tap,
// where that tap reads 0: its sum is then as small as the others make it, however large that weight is.
std::vector<Sample> SamplesFor(int64_t tile) {
  const int64_t side = tile + 2;
  const Sample none{std::vector<char>(static_cast<size_t>(side * side)), {}};
  std::vector<Sample> samples(kWholeTiles, none);
  for (Sample& whole : samples) {
    for (int64_t i = 0; i < tile * tile; ++i) whole.looked_at.push_back(i);
  }
  const auto add = [&](int64_t y, int64_t x, const auto& is_zero) {
    samples.push_back(none);
    samples.back().looked_at = {y * tile + x};
    for (int64_t i = 0; i < side * side; ++i) samples.back().zero[static_cast<size_t>(i)] = is_zero(i / side, i % side);
  };
  for (const int64_t row : {int64_t{0}, side - 1}) {
    for (const int64_t column : {int64_t{0}, side - 1}) {
      add(row == 0 ? 0 : tile - 1, column == 0 ? 0 : tile - 1,
          [&](int64_t y, int64_t x) { return y == row || x == column; });
    }
  }
  for (int64_t tap = 0; tap < 9; ++tap)
    add(1, 1, [&](int64_t y, int64_t x) { return y == 1 + tap / 3 && x == 1 + tap % 3; });
  return samples;
}

// Sums of a sample by Winograd's algorithm in fp32 and directly in double, and sums of magnitudes: [outputs looked at][cout] each.
struct Sums {
  std::vector<float> winograd;
  std::vector<double> direct, magnitude;
};

Sums SumTile(const Transforms& t, const Sample& sample, const float* weight, const std::vector<float>& transformed,
             int64_t cin, int64_t cout, uint64_t* random) {
  const int64_t side = t.b.rows, tile = t.a.rows;
  const size_t places = static_cast<size_t>(side * side), n = static_cast<size_t>(cout);
  std::vector<float> d(places), products(places * n);
  Sums sums;
  sums.winograd.resize(sample.looked_at.size() * n);
  sums.direct.resize(sums.winograd.size());
  sums.magnitude.resize(sums.winograd.size());
  for (int64_t c = 0; c < cin; ++c) {
    for (size_t place = 0; place < places; ++place) {
      *random = *random * 6364136223846793005u + 1442695040888963407u;
      d[place] = sample.zero[place] ? 0 : static_cast<float>(*random >> 40) / static_cast<float>(1 << 23) - 1.0f;
    }
    const std::vector<float> v = Sandwich(t.b, d);
    const float* u = transformed.data() + static_cast<size_t>(c) * places * n;
    for (size_t i = 0; i < places * n; ++i) products[i] += v[i / n] * u[i];
    for (size_t output = 0; output < sample.looked_at.size(); ++output) {
      const int64_t y = sample.looked_at[output] / tile, x = sample.looked_at[output] % tile;
      for (int64_t tap = 0; tap < 9; ++tap) {
        const double input = d[static_cast<size_t>((y + tap / 3) * side + x + tap % 3)];
        const float* w = weight + (tap * cin + c) * cout;
        for (size_t i = 0; i < n; ++i) {
          sums.direct[output * n + i] += input * static_cast<double>(w[i]);
          sums.magnitude[output * n + i] += std::abs(input * static_cast<double>(w[i]));
        }
      }
    }
  }
  for (size_t i = 0; i < n; ++i) {
    for (size_t place = 0; place < places; ++place) d[place] = products[place * n + i];
    const std::vector<float> y = Sandwich(t.a, d);
    for (size_t output = 0; output < sample.looked_at.size(); ++output)
      sums.winograd[output * n + i] = y[static_cast<size_t>(sample.looked_at[output])];
  }
  return sums;
}

// The largest error over columns and sums, as a share of kWinogradTolerance times the magnitudes that are summed.
double MeasureError(const Transforms& t, const float* weight, const std::vector<float>& transformed, int64_t cin,
                    int64_t cout) {
  double largest = 0;
  uint64_t random = 1;
  for (const Sample& sample : SamplesFor(t.a.rows)) {
    const Sums sums = SumTile(t, sample, weight, transformed, cin, cout, &random);
    for (size_t i = 0; i < sums.direct.size(); ++i) {
      const double error = std::abs(static_cast<double>(sums.winograd[i]) - sums.direct[i]);
      const double tolerated = kWinogradTolerance * sums.magnitude[i];
      if (!(error <= tolerated)) return HUGE_VAL;  // NaN, too
      if (error > 0) largest = std::max(largest, error / tolerated);
    }
  }
  return largest;
}

bool IsRounding(const std::unique_ptr<plan::Activation>& act) {
  switch (ops::ActivationOf(act).fn()) {
    case plan::UnaryFn::Floor:
    case plan::UnaryFn::Ceil:
    case plan::UnaryFn::Round:
    case plan::UnaryFn::Sign:
    case plan::UnaryFn::FakeQuantize:
      return true;
    default:
      return false;
  }
}

// Whether the model rounds here: then sums that are exact in fp32, as those of whole numbers are, decide what becomes of a tie. A
// layer that the converter quantised (InputRange::Own) is no such place.
bool Rounds(const Graph& graph, const Node& node) {
  if (OpOf<plan::DynamicFakeQuantizeT>(&node) != nullptr) return true;
  if (const auto* op = OpOf<plan::UnaryT>(&node)) return IsRounding(op->act);
  if (const auto* op = OpOf<plan::LinearT>(&node)) return IsRounding(op->act);
  if (const auto* op = OpOf<plan::Conv2dT>(&node)) return IsRounding(op->act);
  if (const auto* op = OpOf<plan::LinearI8T>(&node)) return op->range != plan::InputRange::Own || IsRounding(op->act);
  if (const auto* op = OpOf<plan::ConvI8T>(&node)) return op->range != plan::InputRange::Own || IsRounding(op->act);
  if (OpOf<plan::CastT>(&node) == nullptr) return false;
  const plan::DType to = graph.value(node.outputs[0]).dtype;
  return graph.value(node.inputs[0]).dtype == plan::DType::F32 && to != plan::DType::F32 && to != plan::DType::Bool;
}

bool IsCandidate(const Graph& graph, const Node& node) {
  const plan::Conv2dT* conv = OpOf<plan::Conv2dT>(&node);
  if (conv == nullptr || conv->groups != 1) return false;
  const std::vector<int32_t> three{3, 3}, one{1, 1};
  if (conv->kernel != three || conv->strides != one || conv->dilations != one) return false;
  const Shape& weight = graph.value(node.inputs[1]).shape;
  return weight[2] >= kWinogradChannels && weight[3] >= kWinogradChannels;
}

}  // namespace

std::vector<WinogradLayer> AddWinograd(Graph* graph) {
  std::vector<WinogradLayer> layers;
  for (const auto& node : graph->nodes) {
    if (Rounds(*graph, *node)) return layers;
  }
  for (const auto& node : graph->nodes) {
    if (!IsCandidate(*graph, *node)) continue;
    const Tensor weight = graph->constant(node->inputs[1]);
    const Shape& y = graph->value(node->outputs[0]).shape;
    const int64_t cin = weight.shape[2], cout = weight.shape[3];
    for (int tile : {4, 2}) {
      const int64_t places = (tile + 2) * (tile + 2);
      if (((y[1] + tile - 1) / tile) * ((y[2] + tile - 1) / tile) < kWinogradTiles) continue;
      const Transforms t = TransformsOf(tile);
      const std::vector<float> transformed = TransformWeights(t, weight.f32(), cin, cout);
      const double error = MeasureError(t, weight.f32(), transformed, cin, cout);
      if (error > 1) continue;
      plan::Conv2dT* conv = OpOf<plan::Conv2dT>(node.get());
      conv->winograd = static_cast<uint8_t>(tile);
      conv->winograd_error = static_cast<float>(error);
      node->inputs.resize(6, kNoValue);
      node->inputs[5] = graph->AddConstant(graph->value(node->inputs[1]).name + " for Winograd's tiles",
                                           Tensor::FromF32({cin, places * cout}, transformed));
      layers.push_back(
          {node->name, tile, error, static_cast<uint64_t>(places * cin * PanelCount(cout) * kPanel) * sizeof(float)});
      break;
    }
  }
  return layers;
}

}  // namespace vitrt::convert

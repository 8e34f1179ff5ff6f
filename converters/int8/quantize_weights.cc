#include "converters/int8/quantize_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/base/check.h"
#include "runtime/base/panels.h"
#include "runtime/kernels/int8_runs.h"

namespace vitrt::convert {
namespace {

constexpr int64_t kGroup = 4;
constexpr int64_t kRun = 2;           // groups that an int16 lane adds up
constexpr int kMostInRun = 128;       // of magnitudes of one sign in a lane: 128 * 255 fits int16
constexpr double kFiner = 1 / 1.002;  // step in which a scale grows until rounding has done no harm

// Calls f(sum of positive, sum of |negative|) for every lane of every run of one column: a lane takes the elements 0
// and 1, or 2 and 3, of the run's groups.
template <typename T, typename F>
void ForLanes(const std::vector<T>& column, F f) {
  const auto k = static_cast<int64_t>(column.size());
  for (int64_t run = 0; run < k; run += kRun * kGroup) {
    for (int64_t half = 0; half < kGroup; half += 2) {
      T positive = 0, negative = 0;
      for (int64_t g = run + half; g < std::min(k, run + kRun * kGroup); g += kGroup) {
        for (int64_t i = g; i < std::min(k, g + 2); ++i) {
          const T w = column[static_cast<size_t>(i)];
          (w > 0 ? positive : negative) += std::abs(w);
        }
      }
      f(positive, negative);
    }
  }
}

template <typename T>
T LargestLane(const std::vector<T>& column) {
  T largest = 0;
  ForLanes(column, [&](T positive, T negative) { largest = std::max({largest, positive, negative}); });
  return largest;
}

// The column in integers of `inverse` a unit.
void Round(const std::vector<double>& column, double inverse, std::vector<int>* rounded) {
  rounded->clear();
  for (double w : column) rounded->push_back(static_cast<int>(std::nearbyint(w * inverse)));
}

// The integers of one column, and its scale.
float QuantizeColumn(const std::vector<double>& column, std::vector<int>* rounded) {
  double largest = 0;
  for (double w : column) largest = std::max(largest, std::abs(w));
  if (largest < static_cast<double>(std::numeric_limits<float>::min())) {
    rounded->assign(column.size(), 0);
    return 1;
  }
  double inverse = std::min(127 / largest, kMostInRun / LargestLane(column));
  for (Round(column, inverse, rounded); LargestLane(*rounded) > kMostInRun; Round(column, inverse, rounded))
    inverse *= kFiner;
  return static_cast<float>(1 / inverse);
}

// Column j of a matrix of rows of n.
std::vector<double> ColumnOf(const Tensor& weight, int64_t j) {
  const int64_t n = weight.shape.back();
  std::vector<double> column;
  for (int64_t i = j; i < weight.size(); i += n) column.push_back(static_cast<double>(weight.f32()[i]));
  return column;
}

// The column as scale * integers, the largest magnitude being `most`; nothing where no scale makes every weight of its
// integer but for roundings of the weight itself: small weights next to a large one are not 0.
std::optional<float> OnGrid(const std::vector<double>& column, double largest, int most, std::vector<int>* integers) {
  // An integer times its scale, then up to three factors of a column that passes fold in: one rounding each.
  constexpr double kRoundings = 4 * 0x1p-24;
  const double inverse = most / largest;
  integers->clear();
  double least = std::numeric_limits<double>::max(), greatest = 0;  // of the scales that single weights have
  double weighted = 0, squares = 0;
  for (double w : column) {
    const double integer = std::nearbyint(w * inverse);
    if (integer > 127 || integer < -128 || (integer == 0) != (w == 0)) return {};
    integers->push_back(static_cast<int>(integer));
    if (w == 0) continue;
    least = std::min(least, w / integer);
    greatest = std::max(greatest, w / integer);
    if (greatest * (1 - kRoundings) > least * (1 + kRoundings)) return {};
    weighted += w * integer;
    squares += integer * integer;
  }
  return static_cast<float>(weighted / squares);  // the scale of least squares
}

}  // namespace

std::optional<Int8Integers> IntegersOf(const Tensor& weight, int64_t groups) {
  const int64_t n = weight.shape.back();
  if (weight.size() / n > 65536) return {};
  Int8Integers found{weight.shape, std::vector<int8_t>(static_cast<size_t>(weight.size())), {}, groups};
  std::vector<int> integers;
  for (int64_t j = 0; j < n; ++j) {
    const std::vector<double> column = ColumnOf(weight, j);
    double largest = 0;
    for (double w : column) largest = std::max(largest, std::abs(w));
    if (!std::isfinite(largest)) return {};
    std::optional<float> scale = 1;
    integers.assign(column.size(), 0);
    if (largest > 0) {
      scale.reset();  // the smallest integers that do: the longest runs
      for (int most = 1; most <= 128 && !scale; ++most) scale = OnGrid(column, largest, most, &integers);
    }
    if (!scale || !std::isnormal(*scale)) return {};
    found.scale.push_back(*scale);
    for (size_t i = 0; i < column.size(); ++i)
      found.values[i * static_cast<size_t>(n) + static_cast<size_t>(j)] = static_cast<int8_t>(integers[i]);
  }
  return found;
}

Int8Weights PackInt8(const Int8Integers& w) {
  const int64_t k = w.shape[w.shape.size() - 2], n = w.shape.back(), taps = NumElements(w.shape) / (k * n);
  const int64_t fours = (k + kGroup - 1) / kGroup, columns = n / w.groups;
  const int64_t panels = PanelCount(columns);  // of a group
  Shape shape = w.shape;
  shape[shape.size() - 2] = fours;
  MutableTensor packed(DType::I32, shape);
  std::vector<int8_t> in_panels(static_cast<size_t>(w.groups * panels * taps * fours * kPanel * kGroup));
  std::vector<int32_t> sums(static_cast<size_t>(n));
  for (int64_t i = 0; i < taps * k; ++i) {
    const int64_t four = i / k * fours + i % k / kGroup, element = i % k % kGroup;
    for (int64_t j = 0; j < n; ++j) {
      const int8_t value = w.values[static_cast<size_t>(i * n + j)];
      sums[static_cast<size_t>(j)] += value;
      packed.data<int8_t>()[(four * n + j) * kGroup + element] = value;
      const int64_t panel = j / columns * panels + j % columns / kPanel, column = j % columns % kPanel;
      in_panels[static_cast<size_t>(((panel * taps * fours + four) * kPanel + column) * kGroup + element)] = value;
    }
  }
  const kernels::Int8Panels view{in_panels.data(), k, w.groups * panels * kPanel, taps};
  return {std::move(packed).Freeze(), Tensor::FromF32({n}, w.scale), Tensor::FromI32({n}, sums),
          Tensor::FromI32({view.panels(), taps * view.blocks()}, kernels::ProvedRuns(view))};
}

Result<Int8Integers> QuantizeWeights(const Tensor& weight, int64_t groups) {
  const Shape& shape = weight.shape;
  const int64_t n = shape.back(), k = shape[shape.size() - 2], rows = weight.size() / n;
  if (rows > 65536) return Unsupported("sums of more than 65536 products");
  Int8Integers integers{shape, std::vector<int8_t>(static_cast<size_t>(weight.size())), {}, groups};
  // No run crosses from one tap into the next: each begins with a run.
  const int64_t tap = (k + kRun * kGroup - 1) / (kRun * kGroup) * kRun * kGroup;
  const auto place = [&](int64_t i) { return static_cast<size_t>(i / k * tap + i % k); };
  std::vector<double> column(static_cast<size_t>(rows / k * tap));
  std::vector<int> rounded;
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < rows; ++i) column[place(i)] = static_cast<double>(weight.f32()[i * n + j]);
    if (!std::all_of(column.begin(), column.end(), [](double w) { return std::isfinite(w); }))
      return Unsupported("a weight that is not finite");
    integers.scale.push_back(QuantizeColumn(column, &rounded));
    for (int64_t i = 0; i < rows; ++i)
      integers.values[static_cast<size_t>(i * n + j)] = static_cast<int8_t>(rounded[place(i)]);
  }
  return integers;
}

}  // namespace vitrt::convert

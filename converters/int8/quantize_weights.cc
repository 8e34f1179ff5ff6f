#include "converters/int8/quantize_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/base/check.h"
#include "runtime/kernels/int8_runs.h"

namespace vitrt::convert {
namespace {

constexpr int64_t kGroup = 4, kPanel = 16;
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

}  // namespace

Int8Weights PackInt8(const std::vector<int8_t>& weights, int64_t k, int64_t n, const std::vector<float>& scale) {
  const int64_t groups = (k + kGroup - 1) / kGroup, panels = (n + kPanel - 1) / kPanel;
  MutableTensor packed(DType::I32, {groups, n});
  std::vector<int8_t> in_panels(static_cast<size_t>(panels * groups * kPanel * kGroup));
  for (int64_t i = 0; i < k; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const int8_t w = weights[static_cast<size_t>(i * n + j)];
      packed.data<int8_t>()[(i / kGroup * n + j) * kGroup + i % kGroup] = w;
      const int64_t group = (j / kPanel * groups + i / kGroup) * kPanel + j % kPanel;
      in_panels[static_cast<size_t>(group * kGroup + i % kGroup)] = w;
    }
  }
  const kernels::Int8Panels view{in_panels.data(), k, n};
  std::vector<int32_t> sums = kernels::ColumnSums(view);
  sums.resize(static_cast<size_t>(n));
  return {std::move(packed).Freeze(), Tensor::FromF32({n}, scale), Tensor::FromI32({n}, sums),
          Tensor::FromI32({view.panels(), view.blocks()}, kernels::ProvedRuns(view))};
}

Result<Int8Weights> QuantizeWeights(const Tensor& weight) {
  const int64_t k = weight.shape[0], n = weight.shape[1];
  if (k > 65536) return Unsupported("a matrix of more than 65536 rows");
  std::vector<int8_t> integers(static_cast<size_t>(k * n));
  std::vector<float> scale;
  std::vector<double> column(static_cast<size_t>(k));
  std::vector<int> rounded;
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < k; ++i) column[static_cast<size_t>(i)] = static_cast<double>(weight.f32()[i * n + j]);
    if (!std::all_of(column.begin(), column.end(), [](double w) { return std::isfinite(w); }))
      return Unsupported("a weight that is not finite");
    scale.push_back(QuantizeColumn(column, &rounded));
    for (int64_t i = 0; i < k; ++i)
      integers[static_cast<size_t>(i * n + j)] = static_cast<int8_t>(rounded[static_cast<size_t>(i)]);
  }
  return PackInt8(integers, k, n, scale);
}

}  // namespace vitrt::convert

#include "runtime/line/calibration/path.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "runtime/line/calibration/budget.h"
#include "runtime/line/calibration/quota.h"

namespace vitrt::calibration {
namespace {

std::vector<float> Never(int exits) {
  std::vector<float> thresholds(static_cast<size_t>(exits), kNeverTaken);
  thresholds.back() = kAlwaysTaken;
  return thresholds;
}

}  // namespace

Path CommonPath(int exits, const std::vector<bool>& enabled) {
  constexpr int kDecades = 7, kSteps = 100;
  Path path{.name = "one common threshold", .settings = {Never(exits)}};
  for (int i = 0; i <= kDecades * kSteps; ++i) {
    std::vector<float> t = Never(exits);
    const auto common = static_cast<float>(1.0 - std::pow(10.0, static_cast<double>(i) / kSteps - kDecades));
    for (size_t k = 0; k + 1 < t.size(); ++k) {
      if (enabled[k]) t[k] = common;
    }
    path.settings.push_back(std::move(t));
  }
  return path;
}

Path FittedPath(const Records& fit, const Promise& promise, std::span<const double> cost,
                const std::vector<bool>& enabled) {
  constexpr int kDrawnBack = 20;
  Path path{.name = "fitted", .settings = {Never(fit.exits)}};
  const std::vector<float> none = CheapestThresholds(fit, promise, 0, cost, enabled);
  for (int i = 1; i < kDrawnBack; ++i) {
    std::vector<float> t = none;
    const float part = static_cast<float>(i) / kDrawnBack;
    for (size_t k = 0; k + 1 < t.size(); ++k) {
      if (t[k] <= 1) t[k] = 1 - part * (1 - t[k]);
    }
    path.settings.push_back(std::move(t));
  }
  // Three times the promised rate on these few images is far beyond what can be certified on the others.
  const auto most = static_cast<int64_t>(3 * promise.rate * fit.images) + 3;
  for (int64_t budget = 0; budget <= most; budget = budget < 16 ? budget + 1 : budget * 9 / 8) {
    std::vector<float> t = CheapestThresholds(fit, promise, budget, cost, enabled);
    if (t != path.settings.back()) path.settings.push_back(std::move(t));
  }
  return path;
}

std::pair<std::vector<int>, std::vector<int>> DrawPart(int images, double share, uint64_t seed) {
  std::vector<int> order(static_cast<size_t>(images));
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(seed);  // its numbers are the standard's; those of std::shuffle are not
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  const auto part = order.begin() + static_cast<ptrdiff_t>(std::floor(share * images));
  std::sort(order.begin(), part);
  std::sort(part, order.end());
  return {{order.begin(), part}, {part, order.end()}};
}

}  // namespace vitrt::calibration

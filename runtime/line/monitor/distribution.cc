#include "runtime/line/monitor/distribution.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vitrt::monitor {
namespace {

std::vector<double> Shares(std::span<const float> values, const Distribution& s) {
  std::vector<double> shares(kDistributionBins);
  double n = 0;
  for (const float v : values) {
    if (!std::isfinite(v)) continue;
    const double part = s.high > s.low ? (v - s.low) / (s.high - s.low) : 0.5;
    ++shares[static_cast<size_t>(std::clamp(static_cast<int>(part * kDistributionBins), 0, kDistributionBins - 1))];
    ++n;
  }
  if (n == 0) return {};
  for (double& share : shares) share /= n;
  return shares;
}

}  // namespace

Distribution DistributionOf(std::span<const float> now, std::span<const float> reference) {
  Distribution s;
  s.low = std::numeric_limits<double>::infinity();
  s.high = -s.low;
  double sum = 0, n = 0;
  for (const auto values : {now, reference}) {
    for (const float v : values) {
      if (!std::isfinite(v)) continue;
      s.low = std::min<double>(s.low, v);
      s.high = std::max<double>(s.high, v);
    }
  }
  for (const float v : reference) {
    if (std::isfinite(v)) sum += v, ++n;
  }
  if (n > 0) s.reference_mean = sum / n;
  s.now = Shares(now, s);
  s.reference = Shares(reference, s);
  return s;
}

}  // namespace vitrt::monitor

// How a number is spread over the answers, now and in the reference, over the same bins.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace vitrt::monitor {

inline constexpr int kSpreadBins = 20;

struct Spread {
  double low = 0, high = 0;            // of all values; bins are equally wide
  std::vector<double> now, reference;  // [kSpreadBins] shares; empty: no values
  std::optional<double> reference_mean;

  double middle(int bin) const { return low + (bin + 0.5) * (high - low) / kSpreadBins; }
};

// Values that are not finite are left out.
Spread SpreadOf(std::span<const float> now, std::span<const float> reference);

}  // namespace vitrt::monitor

// The distribution of a number over the predictions, now and in the reference, over the same bins.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace vitrt::monitor {

inline constexpr int kDistributionBins = 20;

struct Distribution {
  double low = 0, high = 0;            // of all values; bins are equally wide
  std::vector<double> now, reference;  // [kDistributionBins] shares; empty: no values
  std::optional<double> reference_mean;

  double middle(int bin) const { return low + (bin + 0.5) * (high - low) / kDistributionBins; }
};

// Values that are not finite are left out.
Distribution DistributionOf(std::span<const float> now, std::span<const float> reference);

}  // namespace vitrt::monitor

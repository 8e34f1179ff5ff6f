#include "converters/distance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vitrt::convert {

Distance DistanceOf(std::span<const double> got, std::span<const double> expected) {
  Distance distance;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double a = got[i], b = expected[i];
    if (std::isfinite(b)) distance.largest = std::max(distance.largest, std::abs(b));
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const bool finite = std::isfinite(a) && std::isfinite(b);
    distance.difference =
        std::max(distance.difference, finite ? std::abs(a - b) : std::numeric_limits<double>::infinity());
  }
  return distance;
}

}  // namespace vitrt::convert

// How far a plan's numbers are from the model's.
#pragma once

#include <span>

namespace vitrt::convert {

// difference: the largest of any element, 0 where both are NaN or the same infinity, infinite where only one is finite or NaN.
// largest: the largest finite magnitude that was expected.
struct Distance {
  double difference = 0, largest = 0;
};

// got, expected: equally many.
Distance DistanceOf(std::span<const double> got, std::span<const double> expected);

}  // namespace vitrt::convert

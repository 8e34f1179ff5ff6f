#include "converters/distance.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace vitrt::convert::test {
namespace {

TEST_CASE("a distance is of the elements that are furthest apart, and infinite where one of two is no number") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();
  const struct {
    std::vector<double> got, expected;
    double difference, largest;
  } cases[] = {{{}, {}, 0, 0},
               {{1, -3.5, 2}, {1, -4, 2.25}, 0.5, 4},
               {{kNaN, 1}, {kNaN, 1}, 0, 1},
               {{kInfinity, 2}, {kInfinity, 1}, 1, 1},
               {{kInfinity}, {-kInfinity}, kInfinity, 0},
               {{1, 3}, {kNaN, 2}, kInfinity, 2},
               {{kNaN, 3}, {1, 2}, kInfinity, 2},
               {{5, 1}, {kInfinity, 7}, kInfinity, 7}};
  for (const auto& c : cases) {
    CAPTURE(c.got);
    CAPTURE(c.expected);
    const Distance distance = DistanceOf(c.got, c.expected);
    CHECK(distance.difference == c.difference);
    CHECK(distance.largest == c.largest);
  }
}

}  // namespace
}  // namespace vitrt::convert::test

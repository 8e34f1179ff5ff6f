#include "runtime/line/statistics/statistics.h"

#include <cmath>

#include "doctest/doctest.h"

namespace vitrt::line {
namespace {

TEST_CASE("summarizes as NumPy does") {
  std::vector<double> values;
  for (int i = 100; i >= 1; --i) values.push_back(i);
  const Summary s = Summarize(values);
  CHECK(s.n == 100);
  CHECK(s.min == 1);
  CHECK(s.max == 100);
  CHECK(s.p50 == doctest::Approx(50.5));
  CHECK(s.p90 == doctest::Approx(90.1));
  CHECK(s.p95 == doctest::Approx(95.05));
  CHECK(s.p99 == doctest::Approx(99.01));
  CHECK(s.mean == doctest::Approx(50.5));
  CHECK(s.stddev == doctest::Approx(29.011491975882016));
  CHECK(s.cv == doctest::Approx(29.011491975882016 / 50.5));
}

TEST_CASE("one value and none") {
  const Summary one = Summarize({3});
  CHECK(one.p50 == 3);
  CHECK(one.p99 == 3);
  CHECK(one.stddev == 0);
  CHECK(Summarize({}).n == 0);
}

TEST_CASE("the interval of a median is between the order statistics that the sign test leaves") {
  std::vector<double> values;
  for (int i = 10; i >= 1; --i) values.push_back(i);
  const MedianInterval ten = MedianOf(values);  // 2nd and 9th of 10 hold it with 97.9 %
  CHECK(ten.median == 5.5);
  CHECK(ten.at_least == 2);
  CHECK(ten.at_most == 9);
  for (int i = 11; i <= 100; ++i) values.push_back(i);
  const MedianInterval hundred = MedianOf(values);  // 40th and 61st of 100: 96.5 %
  CHECK(hundred.at_least == 40);
  CHECK(hundred.at_most == 61);
  CHECK(std::isnan(MedianOf({1, 2, 3, 4, 5}).at_least));
  CHECK(MedianOf({1, 2, 3, 4, 5, 6}).at_most == 6);
}

TEST_CASE("a percentile needs enough samples to be claimed") {
  CHECK(SamplesNeeded(0.99) == 299);
  CHECK(SamplesNeeded(0.95) == 59);
  CHECK(SamplesNeeded(0.90) == 29);
  CHECK(PercentileCaveat(299).empty());
  CHECK(PercentileCaveat(298) == "p99: n too small (298 of 299)");
  CHECK(PercentileCaveat(10) ==
        "p90: n too small (10 of 29), p95: n too small (10 of 59), p99: n too small (10 of 299)");
}

}  // namespace
}  // namespace vitrt::line

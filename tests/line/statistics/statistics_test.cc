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

#include "runtime/line/calibration/bound.h"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

using namespace vitrt::calibration;

TEST_SUITE_BEGIN("runtime/line/calibration/bound");

TEST_CASE("the upper bound agrees with published Clopper-Pearson values") {
  struct Case {
    int64_t events, trials;
    double confidence, bound;
  };
  // One-sided 97.5 % = upper end of the two-sided 95 % interval.
  for (const Case& c : {Case{0, 10, 0.975, 0.3085}, Case{1, 10, 0.975, 0.4450}, Case{5, 10, 0.975, 0.8129},
                        Case{0, 300, 0.95, 0.009936}, Case{3, 100, 0.975, 0.0852}}) {
    INFO(c.events << " of " << c.trials);
    CHECK(UpperBound(c.events, c.trials, c.confidence) == doctest::Approx(c.bound).epsilon(0.002));
  }
}

TEST_CASE("the interval of a rate agrees with published Clopper-Pearson values") {
  struct Case {
    int64_t events, trials;
    double low, high;
  };
  for (const Case& c : {Case{0, 10, 0, 0.3085}, Case{1, 10, 0.00253, 0.4450}, Case{5, 10, 0.1871, 0.8129},
                        Case{10, 10, 0.6915, 1}, Case{0, 0, 0, 1}}) {
    INFO(c.events << " of " << c.trials);
    const Interval rates = RateInterval(c.events, c.trials, 0.95);
    CHECK(rates.low == doctest::Approx(c.low).epsilon(0.002));
    CHECK(rates.high == doctest::Approx(c.high).epsilon(0.002));
  }
}

TEST_CASE("300 images without an error do not promise 0.1 %") {
  CHECK(MaxEvents(300, 0.001, 0.95) == -1);
  CHECK(TrialsNeeded(0.001, 0.95) == 2995);
  CHECK(MaxEvents(2995, 0.001, 0.95) == 0);
  CHECK(MaxEvents(2994, 0.001, 0.95) == -1);
}

TEST_CASE("the binomial tail is exact, also far out and for many trials") {
  CHECK(AtMostEvents(0, 10, 0.1) == doctest::Approx(0.3486784401).epsilon(1e-9));
  CHECK(AtMostEvents(2, 10, 0.5) == doctest::Approx(56.0 / 1024).epsilon(1e-12));
  CHECK(AtMostEvents(0, 5000, 0.02) == doctest::Approx(std::pow(0.98, 5000)).epsilon(1e-9));
  CHECK(AtMostEvents(500000, 1000000, 0.5) == doctest::Approx(0.500398942).epsilon(1e-6));
  CHECK(AtMostEvents(3, 3, 0.5) == 1);
  CHECK(AtMostEvents(0, 0, 0.5) == 1);
  CHECK(AtMostEvents(0, 10, 0) == 1);
}

TEST_CASE("nothing is promised without trials") {
  CHECK(UpperBound(0, 0, 0.95) == 1.0);
  CHECK(UpperBound(5, 5, 0.95) == 1.0);
}

TEST_CASE("the most events are the last that keep the bound") {
  for (int64_t n : {100, 1000, 20000}) {
    const int64_t k = MaxEvents(n, 0.05, 0.95);
    REQUIRE(k >= 0);
    CHECK(UpperBound(k, n, 0.95) <= 0.05);
    CHECK(UpperBound(k + 1, n, 0.95) > 0.05);
  }
}

TEST_SUITE_END();

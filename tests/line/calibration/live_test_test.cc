#include "runtime/line/calibration/live_test.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

using namespace vitrt::calibration;

TEST_SUITE_BEGIN("runtime/line/calibration/live_test");

TEST_CASE("at the promised rate the capital does not grow in the mean") {
  // Exact: over all outcomes of 12 samples, weighted by their probability.
  for (const double rate : {0.02, 0.2}) {
    double at_rate = 0, below = 0;
    for (unsigned bits = 0; bits < 1u << 12; ++bits) {
      LiveTest test(rate, 0.01);
      double p = 1, q = 1;
      for (int i = 0; i < 12; ++i) {
        const bool event = bits >> i & 1;
        test.Add(event);
        p *= event ? rate : 1 - rate;
        q *= event ? rate / 2 : 1 - rate / 2;
      }
      at_rate += p * test.capital();
      below += q * test.capital();
    }
    CHECK(at_rate == doctest::Approx(1).epsilon(1e-9));
    CHECK(below < 1);
  }
}

TEST_CASE("an alarm stays, and says at which sample it came") {
  LiveTest test(0.01, 0.01);
  int64_t at = 0;
  while (!test.alarm()) test.Add(true), ++at;
  CHECK(at <= 4);
  CHECK(test.alarm_at() == at);
  CHECK(test.largest_capital() >= 100);
  for (int i = 0; i < 5000; ++i) test.Add(false);
  CHECK(test.capital() < 1);
  CHECK(test.alarm_at() == at);
  CHECK(test.samples() == at + 5000);
  CHECK(test.events() == at);
}

TEST_CASE("the capital stays a number over millions of samples of any kind") {
  for (const bool event : {false, true}) {
    LiveTest test(0.3, 0.05);
    for (int i = 0; i < 2'000'000; ++i) test.Add(event);
    CHECK(std::isfinite(test.capital()));
    CHECK(test.alarm() == event);
  }
}

TEST_CASE("the confidence sequence holds the rate, narrows, and is wider than a bound for one moment") {
  const Interval none = RateSoFar(0, 0, 0.05);
  CHECK(none.low == 0);
  CHECK(none.high == 1);
  double width = 1;
  for (const int64_t n : {10, 100, 1000, 10000, 1000000}) {
    const Interval i = RateSoFar(n / 10, n, 0.05);
    CHECK(i.low < 0.1);
    CHECK(i.high > 0.1);
    CHECK(i.high - i.low < width);
    width = i.high - i.low;
  }
  CHECK(RateSoFar(0, 300, 0.05).low == 0);
  CHECK(RateSoFar(0, 300, 0.05).high > 0.01);  // Clopper-Pearson at 95 %: 0.00994
  CHECK(RateSoFar(300, 300, 0.05).high == 1);
}

TEST_CASE("the confidence sequence leaves the true rate out at any time in at most the stated share of lines") {
  std::mt19937_64 random(5);
  std::bernoulli_distribution event(0.05);
  int left = 0;
  constexpr int kLines = 300;
  for (int line = 0; line < kLines; ++line) {
    int64_t events = 0;
    bool out = false;
    for (int64_t n = 1; n <= 1000 && !out; ++n) {
      events += event(random);
      const Interval i = RateSoFar(events, n, 0.1);
      out = i.low > 0.05 || i.high < 0.05;
    }
    left += out;
  }
  CHECK(left <= 45);  // 10 % of 300 and three standard deviations
  CHECK(left > 0);
}

TEST_SUITE_END();

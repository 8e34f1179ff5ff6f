#include "runtime/line/calibration/live_test.h"

#include <algorithm>
#include <cmath>

namespace vitrt::calibration {
namespace {

constexpr double kMaxCapital = 1e200;  // keeps sums finite; far above any 1/level

double LogBeta(double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }

}  // namespace

LiveTest::LiveTest(double rate, double level) : rate_(rate), level_(level) {
  // From 1.2 r up to 12 r, or half-way to 1 where that comes earlier.
  const double highest = std::min(12.0 * rate, rate + 0.5 * (1 - rate)), lowest = std::min(1.2 * rate, highest);
  for (size_t i = 0; i < kBets; ++i) {
    const double q = lowest * std::pow(highest / lowest, static_cast<double>(i) / (kBets - 1));
    at_event_[i] = q / rate;
    at_none_[i] = (1 - q) / (1 - rate);
  }
}

void LiveTest::Add(bool event) {
  ++samples_;
  events_ += event;
  const double waiting = 1 / (1 + std::log1p(static_cast<double>(samples_)));
  const double staked = (waiting_ - waiting) / kBets;
  waiting_ = waiting;
  capital_ = waiting_;
  for (size_t i = 0; i < kBets; ++i) {
    stake_[i] = std::min((stake_[i] + staked) * (event ? at_event_[i] : at_none_[i]), kMaxCapital);
    capital_ += stake_[i];
  }
  largest_ = std::max(largest_, capital_);
  if (alarm_at_ == 0 && capital_ >= 1 / level_) alarm_at_ = samples_;
}

Interval RateSoFar(int64_t events, int64_t samples, double level) {
  if (samples <= 0) return {};
  const auto k = static_cast<double>(events), n = static_cast<double>(samples);
  const double mixture = LogBeta(k + 0.5, n - k + 0.5) - LogBeta(0.5, 0.5) + std::log(level);
  // Rejected: mixture / (r^k (1-r)^(n-k)) >= 1/level. The likelihood falls away from k/n on both sides.
  const auto rejected = [&](double r) {
    const double likelihood = (k > 0 ? k * std::log(r) : 0) + (n > k ? (n - k) * std::log1p(-r) : 0);
    return mixture >= likelihood;
  };
  const auto edge = [&](double inside, double outside) {
    if (!rejected(outside)) return outside;
    for (int i = 0; i < 60; ++i) {
      const double middle = 0.5 * (inside + outside);
      (rejected(middle) ? outside : inside) = middle;
    }
    return outside;
  };
  const double seen = k / n;
  return {events == 0 ? 0 : edge(seen, 0), events == samples ? 1 : edge(seen, 1)};
}

}  // namespace vitrt::calibration

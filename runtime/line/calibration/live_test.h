// A sequential test of a promise: it tests "the rate is at most r" and may be read after every sample.
//
// Betting (Waudby-Smith, Ramdas, Estimating means of bounded random variables by betting, JRSS B 2024; Shafer 2021): a
// capital of 1 is bet against the promise, sample by sample, on rates q = c r for several c > 1. A bet on q multiplies
// its stake by q/r at an event and by (1-q)/(1-r) at none, so that its mean does not grow while the rate is at most r,
// whatever came before. By Ville's inequality the capital then ever reaches 1/level with a chance of at most `level`.
// So that a rate which rises late is caught too, only part of the capital is staked at once: after n samples
// 1/(1 + ln(1 + n)) of it still waits, and waiting capital is worth itself (a mixture over starting times, as in e-
// detectors: Shin, Ramdas, Rinaldo 2024).
#pragma once

#include <array>
#include <cstdint>

#include "runtime/line/calibration/bound.h"

namespace vitrt::calibration {

class LiveTest {
 public:
  // 0 < rate < 1, 0 < level < 1.
  LiveTest(double rate, double level);

  void Add(bool event);

  double capital() const { return capital_; }
  double largest_capital() const { return largest_; }
  bool alarm() const { return alarm_at_ > 0; }
  int64_t alarm_at() const { return alarm_at_; }  // the sample at which 1/level was reached; 0: not yet
  int64_t samples() const { return samples_; }
  int64_t events() const { return events_; }
  double rate() const { return rate_; }
  double level() const { return level_; }

 private:
  static constexpr int kBets = 16;
  double rate_, level_;
  double waiting_ = 1, capital_ = 1, largest_ = 1;
  std::array<double, kBets> stake_{}, at_event_{}, at_none_{};
  int64_t samples_ = 0, events_ = 0, alarm_at_ = 0;
};

// Rates that `events` in `samples` are compatible with: with a chance of at least 1 - level the true rate lies in all
// of these intervals at once, whenever one looks (a confidence sequence: Robbins 1970, by the mixture of all rates
// under Beta(1/2, 1/2)). Samples of a constant rate, drawn independently.
Interval RateSoFar(int64_t events, int64_t samples, double level);

}  // namespace vitrt::calibration

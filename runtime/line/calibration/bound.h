// Bounds on a rate from few samples: exact binomial tails and the confidence bounds of a rate (Clopper, Pearson,
// Biometrika 1934).
#pragma once

#include <cstdint>

namespace vitrt::calibration {

// P(Binomial(trials, rate) <= events): the p-value of the hypothesis that the rate is above `rate`. 1 if trials == 0.
double AtMostEvents(int64_t events, int64_t trials, double rate);

// The largest rate that is still compatible, at the given one-sided confidence (e.g. 0.95), with `events` in `trials`:
// the p with AtMostEvents(events, trials, p) = 1 - confidence. 1 if trials == 0 or events >= trials.
double UpperBound(int64_t events, int64_t trials, double confidence);

struct Interval {
  double low = 0, high = 1;
};
// The rates that are compatible with `events` in `trials` at the given two-sided confidence; [0, 1] if trials == 0.
Interval RateInterval(int64_t events, int64_t trials, double confidence);

// The most events in `trials` whose upper bound is at most `rate`; -1 if even none is too many.
int64_t MaxEvents(int64_t trials, double rate, double confidence);

// The fewest trials that can promise `rate` when no event is seen.
int64_t TrialsNeeded(double rate, double confidence);

}  // namespace vitrt::calibration

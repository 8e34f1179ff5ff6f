// Summary of measured times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vitrt::line {

struct Summary {
  int64_t n = 0;
  double min = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, max = 0, mean = 0, stddev = 0, cv = 0;
};

// Percentiles interpolate linearly between order statistics (as NumPy's default). Empty: all 0.
Summary Summarize(std::vector<double> values);

// Percentile of sorted values; `part` in [0, 1].
double Percentile(const std::vector<double>& sorted, double part);

// The median of values, and an interval that holds the true one with at least 95 % confidence where the values are
// drawn independently: of two order statistics, by the sign test. With fewer than 6 values the interval is NaN.
struct MedianInterval {
  double median = 0, at_least = 0, at_most = 0;
};
MedianInterval MedianOf(std::vector<double> values);  // not empty

// With this many samples the largest exceeds the `part` quantile with 95 % certainty (1 - part^n >= 0.95): 299 for p99.
// With fewer samples the percentile is not reliable.
int64_t SamplesNeeded(double part);

// "p99: n too small (57 of 299)" for the percentiles that n samples do not support; "" if there are none.
std::string PercentileCaveat(int64_t n);

}  // namespace vitrt::line

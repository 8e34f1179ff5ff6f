#include "runtime/line/calibration/bound.h"

#include <algorithm>
#include <cmath>

namespace vitrt::calibration {
namespace {

// P(Binomial(n, p) <= k), terms by their logarithms.
double BinomialCdf(int64_t k, int64_t n, double p) {
  const double log_p = std::log(p), log_q = std::log1p(-p), log_n = std::lgamma(static_cast<double>(n) + 1);
  double sum = 0;
  for (int64_t i = 0; i <= k; ++i) {
    const double x = static_cast<double>(i), y = static_cast<double>(n - i);
    sum += std::exp(log_n - std::lgamma(x + 1) - std::lgamma(y + 1) + x * log_p + y * log_q);
  }
  return std::min(sum, 1.0);
}

}  // namespace

double UpperBound(int64_t events, int64_t trials, double confidence) {
  if (trials <= 0 || events >= trials) return 1.0;
  double low = static_cast<double>(events) / static_cast<double>(trials), high = 1.0;
  for (int i = 0; i < 100 && high - low > 1e-12; ++i) {
    const double middle = 0.5 * (low + high);
    (BinomialCdf(events, trials, middle) > 1.0 - confidence ? low : high) = middle;
  }
  return high;
}

int64_t MostEvents(int64_t trials, double rate, double confidence) {
  int64_t low = -1, high = static_cast<int64_t>(std::floor(rate * static_cast<double>(trials))) + 1;
  while (high - low > 1) {  // the bound grows with the events
    const int64_t middle = low + (high - low) / 2;
    (UpperBound(middle, trials, confidence) <= rate ? low : high) = middle;
  }
  return low;
}

int64_t TrialsNeeded(double rate, double confidence) {
  if (rate <= 0) return INT64_MAX;
  if (rate >= 1) return 1;
  return static_cast<int64_t>(
      std::ceil(std::log(1.0 - confidence) / std::log1p(-rate)));  // (1 - rate)^n <= 1 - confidence
}

}  // namespace vitrt::calibration

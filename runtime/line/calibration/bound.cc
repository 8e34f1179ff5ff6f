#include "runtime/line/calibration/bound.h"

#include <boost/math/distributions/binomial.hpp>
#include <cmath>

namespace vitrt::calibration {
namespace {

namespace policies = boost::math::policies;
// No exception leaves this file: arguments out of range are handled before the call.
using Quiet =
    policies::policy<policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
                     policies::overflow_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>>;
using Binomial = boost::math::binomial_distribution<double, Quiet>;

}  // namespace

double AtMostEvents(int64_t events, int64_t trials, double rate) {
  if (trials <= 0 || events >= trials || rate <= 0) return 1.0;
  if (events < 0 || rate >= 1) return 0.0;
  return boost::math::cdf(Binomial(static_cast<double>(trials), rate), static_cast<double>(events));
}

double UpperBound(int64_t events, int64_t trials, double confidence) {
  if (trials <= 0 || events >= trials) return 1.0;
  return Binomial::find_upper_bound_on_p(static_cast<double>(trials), static_cast<double>(events), 1.0 - confidence);
}

Interval RateInterval(int64_t events, int64_t trials, double confidence) {
  const double tail = (1.0 - confidence) / 2;
  Interval rates{0, UpperBound(events, trials, 1.0 - tail)};
  if (events > 0 && trials > 0)
    rates.low = Binomial::find_lower_bound_on_p(static_cast<double>(trials), static_cast<double>(events), tail);
  return rates;
}

int64_t MaxEvents(int64_t trials, double rate, double confidence) {
  int64_t low = -1, high = static_cast<int64_t>(std::floor(rate * static_cast<double>(trials))) + 1;
  while (high - low > 1) {  // the tail grows with the events
    const int64_t middle = low + (high - low) / 2;
    (AtMostEvents(middle, trials, rate) <= 1.0 - confidence ? low : high) = middle;
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

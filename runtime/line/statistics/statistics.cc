#include "runtime/line/statistics/statistics.h"

#include <algorithm>
#include <cmath>

namespace vitrt::line {

double Percentile(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  const double at = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Summary Summarize(std::vector<double> values) {
  Summary s;
  if (values.empty()) return s;
  std::sort(values.begin(), values.end());
  s.n = static_cast<int64_t>(values.size());
  s.min = values.front();
  s.max = values.back();
  s.p50 = Percentile(values, 0.50);
  s.p90 = Percentile(values, 0.90);
  s.p95 = Percentile(values, 0.95);
  s.p99 = Percentile(values, 0.99);
  for (const double v : values) s.mean += v;
  s.mean /= static_cast<double>(s.n);
  for (const double v : values) s.stddev += (v - s.mean) * (v - s.mean);
  s.stddev = s.n > 1 ? std::sqrt(s.stddev / static_cast<double>(s.n - 1)) : 0;
  s.cv = s.mean > 0 ? s.stddev / s.mean : 0;
  return s;
}

MedianInterval MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  // Ranks below k from either end are left out: P(Binomial(n, 1/2) < k) <= 2.5 %.
  const auto n = static_cast<double>(values.size());
  double tail = 0;
  size_t k = 0;
  for (;; ++k) {  // log of n! / (k! (n - k)!) / 2^n
    const auto i = static_cast<double>(k);
    tail += std::exp(std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1) - n * std::log(2.0));
    if (tail > 0.025) break;
  }
  MedianInterval m{Percentile(values, 0.5), std::nan(""), std::nan("")};
  if (k > 0) m.at_least = values[k - 1], m.at_most = values[values.size() - k];
  return m;
}

int64_t SamplesNeeded(double part) { return static_cast<int64_t>(std::ceil(std::log(0.05) / std::log(part))); }

std::string PercentileCaveat(int64_t n) {
  std::string text;
  for (const int percent : {90, 95, 99}) {
    const int64_t needed = SamplesNeeded(percent / 100.0);
    if (n >= needed) continue;
    text += (text.empty() ? "p" : ", p") + std::to_string(percent) + ": n too small (" + std::to_string(n) + " of " +
            std::to_string(needed) + ")";
  }
  return text;
}

}  // namespace vitrt::line

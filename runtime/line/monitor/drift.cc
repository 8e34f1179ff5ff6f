#include "runtime/line/monitor/drift.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vitrt::monitor {
namespace {

double KolmogorovTail(double lambda) {
  if (lambda < 0.2) return 1;  // the sum is 1 to more than 10 digits, and converges slowly
  double sum = 0;
  for (int j = 1; j <= 100; ++j) {
    const double term = std::exp(-2.0 * j * j * lambda * lambda);
    sum += j % 2 == 1 ? term : -term;
    if (term < 1e-16) break;
  }
  return std::clamp(2 * sum, 0.0, 1.0);
}

}  // namespace

Comparison KolmogorovSmirnov(std::span<float> a, std::span<float> b) {
  if (a.empty() || b.empty()) return {};
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  double distance = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const float value = std::min(a[i], b[j]);
    while (i < a.size() && a[i] <= value) ++i;
    while (j < b.size() && b[j] <= value) ++j;
    distance = std::max(distance, std::abs(static_cast<double>(i) / n - static_cast<double>(j) / m));
  }
  return {distance, KolmogorovTail(distance * std::sqrt(n * m / (n + m)))};
}

Comparison PopulationStability(std::span<const int64_t> reference, std::span<const int64_t> current) {
  const size_t bins = reference.size();
  const auto n = static_cast<double>(std::accumulate(reference.begin(), reference.end(), int64_t{0}));
  const auto m = static_cast<double>(std::accumulate(current.begin(), current.end(), int64_t{0}));
  if (bins < 2 || n == 0 || m == 0) return {};
  const double added = 0.5 * static_cast<double>(bins);
  double index = 0;
  for (size_t i = 0; i < bins; ++i) {
    const double a = (static_cast<double>(reference[i]) + 0.5) / (n + added);
    const double b = (static_cast<double>(current[i]) + 0.5) / (m + added);
    index += (a - b) * std::log(a / b);
  }
  return {index, ChiSquareTail(index * n * m / (n + m), static_cast<int>(bins) - 1)};
}

std::vector<float> QuantileEdges(std::span<const float> sorted, int bins) {
  std::vector<float> edges;
  for (int i = 1; i < bins; ++i) {
    const float edge = sorted[sorted.size() * static_cast<size_t>(i) / static_cast<size_t>(bins)];
    if (edge > sorted.front() && (edges.empty() || edge > edges.back())) edges.push_back(edge);
  }
  return edges;
}

std::vector<int64_t> CountByEdges(std::span<const float> values, std::span<const float> edges) {
  std::vector<int64_t> counts(edges.size() + 1);
  for (const float v : values)
    ++counts[static_cast<size_t>(std::upper_bound(edges.begin(), edges.end(), v) - edges.begin())];
  return counts;
}

double ChiSquareTail(double chi_square, int k) {
  const double a = 0.5 * k, x = 0.5 * chi_square;
  if (x <= 0) return 1;
  const double front = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (int i = 1; i < 10000 && term > sum * 1e-15; ++i) sum += term *= x / (a + i);
    return std::clamp(1 - front * sum, 0.0, 1.0);
  }
  // Lentz's evaluation of 1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))).
  double b = x + 1 - a, c = 1e300, d = 1 / b, fraction = d;
  for (int i = 1; i < 10000; ++i) {
    const double numerator = -i * (i - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    fraction *= c * d;
    if (std::abs(c * d - 1) < 1e-15) break;
  }
  return std::clamp(front * fraction, 0.0, 1.0);
}

}  // namespace vitrt::monitor

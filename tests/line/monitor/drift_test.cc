#include "runtime/line/monitor/drift.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace vitrt::monitor {
namespace {

std::vector<float> Sample(std::mt19937* random, int n, double shift) {
  std::normal_distribution<double> normal(shift, 1);
  std::vector<float> values(static_cast<size_t>(n));
  for (float& v : values) v = static_cast<float>(1 / (1 + std::exp(-normal(*random))));
  return values;
}

TEST_CASE("tails of chi-square as in tables (NIST/SEMATECH handbook, 1.3.6.7.4)") {
  const struct {
    double x;
    int k;
    double tail;
  } cases[] = {{3.841, 1, 0.05},  {6.635, 1, 0.01},     {5.991, 2, 0.05},   {18.307, 10, 0.05}, {23.209, 10, 0.01},
               {2.558, 10, 0.99}, {124.342, 100, 0.05}, {10.828, 1, 0.001}, {70.065, 100, 0.99}};
  for (const auto& c : cases) {
    CAPTURE(c.x);
    CHECK(ChiSquareTail(c.x, c.k) == doctest::Approx(c.tail).epsilon(0.002));
  }
  CHECK(ChiSquareTail(0, 5) == 1);
  CHECK(ChiSquareTail(1e5, 5) == 0);
}

TEST_CASE("Kolmogorov-Smirnov distance and tail by hand") {
  std::vector<float> a = {3, 1, 2, 4}, b = {2.5f, 3.5f, 4.5f, 5.5f};
  CHECK(KolmogorovSmirnov(a, b).statistic == doctest::Approx(0.5));
  std::vector<float> same = {1, 2, 3, 4};
  CHECK(KolmogorovSmirnov(a, same).p == 1);
  // Q(1.36) = 0.0495 (Smirnov's table): D = 1.36 * sqrt(2/n) for two samples of n.
  std::vector<float> low(10000), high(10000);
  for (int i = 0; i < 10000; ++i) {
    low[static_cast<size_t>(i)] = static_cast<float>(i);
    high[static_cast<size_t>(i)] = static_cast<float>(i) + 192.33f;
  }
  const Comparison shifted = KolmogorovSmirnov(low, high);
  CHECK(shifted.statistic == doctest::Approx(0.0193).epsilon(0.001));
  CHECK(shifted.p == doctest::Approx(0.0483).epsilon(0.02));
}

TEST_CASE("population stability index by hand, bins by quantiles keep equal values together") {
  const int64_t a[] = {50, 50}, b[] = {80, 20};
  const double p = 50.5 / 101, q = 80.5 / 101, r = 20.5 / 101;
  CHECK(PopulationStability(a, b).statistic == doctest::Approx((p - q) * std::log(p / q) + (p - r) * std::log(p / r)));
  CHECK(PopulationStability(a, a).p == 1);
  CHECK(PopulationStability(a, b).p < 1e-4);

  const std::vector<float> values = {0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
  const std::vector<float> edges = QuantileEdges(values, 5);
  CHECK(edges == std::vector<float>{1, 3});
  CHECK(CountByEdges(values, edges) == std::vector<int64_t>{6, 2, 2});
  const std::vector<float> constant(50, 1.0f);
  CHECK(QuantileEdges(constant, 10).empty());
}

TEST_CASE("unchanged samples alarm as rarely as they should, shifted ones always") {
  std::mt19937 random(20261122);
  constexpr int kRounds = 2000;
  int ks = 0, psi = 0;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<float> a = Sample(&random, 300, 0), b = Sample(&random, 200, 0);
    ks += KolmogorovSmirnov(a, b).p < 0.05;
    const std::vector<float> edges = QuantileEdges(a, 10);
    psi += PopulationStability(CountByEdges(a, edges), CountByEdges(b, edges)).p < 0.05;
  }
  CAPTURE(ks);
  CAPTURE(psi);
  // 5 % of 2000 is 100 +- 10 (one standard deviation of a binomial count).
  CHECK(ks < 140);
  CHECK(psi < 140);
  for (int i = 0; i < 50; ++i) {
    std::vector<float> a = Sample(&random, 300, 0), b = Sample(&random, 200, 1);
    CHECK(KolmogorovSmirnov(a, b).p < 1e-6);
  }
}

}  // namespace
}  // namespace vitrt::monitor

// Whether two samples come from one distribution. Each test gives the probability (p) of a difference at least this
// large when nothing has changed; both samples need enough values for the asymptotic formulas.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vitrt::monitor {

struct Comparison {
  double statistic = 0, p = 1;
};

// Fewest values of either sample for which the asymptotic formulas below are used.
inline constexpr int64_t kFewest = 40;

// Two samples of a continuous value: the largest distance D of their distribution functions (Smirnov, Annals of
// Mathematical Statistics 1948): p = 2 sum (-1)^(j-1) exp(-2 j^2 D^2 nm/(n+m)). Ties make it cautious. Values are
// sorted in place.
Comparison KolmogorovSmirnov(std::span<float> reference, std::span<float> current);

// Counts over the same bins: population stability index sum (a_i - b_i) ln(a_i / b_i) over the shares a and b, half a
// count added to every bin. Without a change, index * nm/(n+m) follows chi-square with bins - 1 degrees of freedom
// (Yurdakul, Statistical properties of the population stability index, 2018).
Comparison PopulationStability(std::span<const int64_t> reference, std::span<const int64_t> current);

// Inner edges of at most `bins` bins that hold about equally many of the sorted values; equal values stay together.
std::vector<float> QuantileEdges(std::span<const float> sorted, int bins);
// How many values fall into each bin; one bin more than edges. Bin i: edge i-1 <= value < edge i.
std::vector<int64_t> CountByEdges(std::span<const float> values, std::span<const float> edges);

// P(chi-square with k degrees of freedom > x): the regularized upper incomplete gamma function Q(k/2, x/2), by series
// (DLMF 8.11.4) or continued fraction (DLMF 8.9.2).
double ChiSquareTail(double x, int k);

}  // namespace vitrt::monitor

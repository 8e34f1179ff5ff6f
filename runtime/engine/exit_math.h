// The exponential and the logarithm of confidences. The C library's differ between its versions in the last bit; these
// give the same bits wherever vitrt runs, so that an exit's decision does not depend on the machine's age. Both round
// to float as the exact value does, but where that lies within 1e-11 of the middle between two floats.
#pragma once

#include <bit>
#include <cstdint>

namespace vitrt {

// e^x for x <= 0; 0 below -708, where float has none to tell.
inline double ExpOfNegative(double x) {
  constexpr double kLog2E = 0x1.71547652b82fep+0, kLn2High = 0x1.62e42fee00000p-1, kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kRound = 0x1.8p52;  // adding and taking away rounds to a whole number
  if (!(x > -708)) return x == x ? 0.0 : x;
  const double k = x * kLog2E + kRound - kRound;
  const double r = (x - k * kLn2High) - k * kLn2Low;  // within ln(2) / 2 of 0
  // Taylor's series to r^11: the remainder is below 1e-14.
  constexpr double kInverseFactorial[] = {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
                                          1.0 / 5040,     1.0 / 720,     1.0 / 120,    1.0 / 24,
                                          1.0 / 6,        1.0 / 2,       1.0,          1.0};
  double sum = 0;
  for (const double c : kInverseFactorial) sum = sum * r + c;
  return sum * std::bit_cast<double>(static_cast<uint64_t>(static_cast<int64_t>(k) + 1023) << 52);
}

// ln(x) for a positive normal x: ln(2^k m) with m in [sqrt(1/2), sqrt(2)), and ln m = 2 atanh((m - 1) / (m + 1)).
inline double LogOfPositive(double x) {
  constexpr double kLn2High = 0x1.62e42fee00000p-1, kLn2Low = 0x1.a39ef35793c76p-33, kSqrtHalf = 0x1.6a09e667f3bcdp-1;
  const auto bits = std::bit_cast<uint64_t>(x);
  int64_t k = static_cast<int64_t>(bits >> 52) - 1022;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | 0x3fe0000000000000ULL);  // in [1/2, 1)
  if (m < kSqrtHalf) {
    m *= 2;
    --k;
  }
  const double s = (m - 1) / (m + 1), square = s * s;
  double sum = 0;
  for (int n = 19; n >= 1; n -= 2) sum = sum * square + 1.0 / n;
  const auto exponent = static_cast<double>(k);
  return exponent * kLn2High + (2 * s * sum + exponent * kLn2Low);
}

}  // namespace vitrt

#include "runtime/engine/exit_math.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/engine/exit_math");

TEST_CASE("the exponential is that of long double arithmetic to 1e-13, from 0 to where float ends") {
  double worst = 0;
  int other_floats = 0;
  for (int i = 0; i <= 200000; ++i) {
    const double x = -static_cast<double>(i) * 0.0052;  // to -1040
    const auto exact = static_cast<double>(std::exp(static_cast<long double>(x)));
    if (x > -708) worst = std::max(worst, std::abs(ExpOfNegative(x) - exact) / exact);
    other_floats += static_cast<float>(ExpOfNegative(x)) != static_cast<float>(exact) ? 1 : 0;
  }
  CHECK(worst < 1e-13);
  CHECK(other_floats == 0);
}

TEST_CASE("the logarithm is that of long double arithmetic to 1e-13") {
  double worst = 0;
  for (int i = 1; i <= 200000; ++i) {
    for (const double x : {i * 5e-6, std::ldexp(1.0 + i * 5e-6, -static_cast<int>(i % 140)), i * 1.0}) {
      const auto exact = static_cast<double>(std::log(static_cast<long double>(x)));
      const double error = std::abs(LogOfPositive(x) - exact);
      worst = std::max(worst, exact == 0 ? error : error / std::max(std::abs(exact), 1e-3));
    }
  }
  CHECK(worst < 1e-13);
}

TEST_CASE("the ends: certain is 1, hopeless is 0, not a number stays so") {
  CHECK(ExpOfNegative(0.0) == 1.0);
  CHECK(ExpOfNegative(-0.0) == 1.0);
  CHECK(ExpOfNegative(-std::numeric_limits<double>::infinity()) == 0.0);
  CHECK(ExpOfNegative(-1e300) == 0.0);
  CHECK(std::isnan(ExpOfNegative(std::numeric_limits<double>::quiet_NaN())));
  CHECK(LogOfPositive(1.0) == 0.0);
}

// Bits as this code gave them once; another compiler or C library that gives others would give other confidences.
TEST_CASE("the bits are the same everywhere") {
  const struct {
    double x;
    uint64_t exp, log;
  } cases[] = {
      {0x1.999999999999ap-4, 0x3fecf46d99d52b3a, 0xc0026bb1bbb55515},
      {0x1p-1, 0x3fe368b2fc6f960a, 0xbfe62e42fefa39ef},
      {0x1.5555555555555p-2, 0x3fe6edd3122f2e82, 0xbff193ea7aad030b},
      {0x1p+1, 0x3fc152aaa3bf81cc, 0x3fe62e42fefa39ef},
      {0x1.14p+4, 0x3e614f49dbc5078c, 0x4006c851bbab187e},
      {0x1.6p+6, 0x38007b7112bc1ffe, 0x4011e8cafb5d7160},
  };
  for (const auto& c : cases) {
    CAPTURE(c.x);
    CHECK(std::bit_cast<uint64_t>(ExpOfNegative(-c.x)) == c.exp);
    CHECK(std::bit_cast<uint64_t>(LogOfPositive(c.x)) == c.log);
  }
}

TEST_SUITE_END();

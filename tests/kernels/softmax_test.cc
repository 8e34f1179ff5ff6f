#include "runtime/kernels/ref/softmax.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/tiers.h"

namespace vitrt::kernels {
namespace {

constexpr double kTolerance = 5e-7;  // of probabilities; log-probabilities are relative to their size

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST_CASE("softmax and log-softmax agree with the reference, in place too") {
  for (const int64_t channels : {1, 2, 4, 5, 6, 15, 16, 18, 49, 197, 1000, 1025}) {
    for (const bool log : {false, true}) {
      for (const float range : {1.0f, 30.0f, 200.0f}) {
        const int64_t rows = 4;
        const Buffer x = Random(rows * channels, 1, -range, range);
        Buffer expected(rows * channels);
        ref::Softmax({.outer = rows, .axis = channels, .inner = 1, .log = log, .x = x.data(), .y = expected.data()});
        for (const KernelTable* tier : Tiers()) {
          CAPTURE(std::string(tier->name));
          CAPTURE(channels);
          CAPTURE(log);
          CAPTURE(range);
          Buffer y(rows * channels), same = Random(rows * channels, 1, -range, range);
          tier->softmax({.rows = rows, .channels = channels, .x = x.data(), .y = y.data(), .log = log});
          tier->softmax({.rows = rows, .channels = channels, .x = same.data(), .y = same.data(), .log = log});
          CHECK(LargestError(y.data(), expected.data(), y.size()) <= kTolerance * (log ? 1 + 2 * range : 1));
          CHECK(SameBits(y.data(), same.data(), y.size()));
          CHECK(y.Intact());
        }
      }
    }
  }
}

TEST_CASE("softmax of extreme rows") {
  struct Case {
    const char* name;
    float fill;
    int64_t at;
    float value;
    float expected_at, expected_rest;
  };
  const Case kCases[] = {
      {"one huge value", 0, 5, 1e30f, 1, 0},
      {"all but one masked with -inf", -kInfinity, 7, -3, 1, 0},
      {"all but one masked with -1e9", -1e9f, 0, 2, 1, 0},
      {"equal huge values", 3e38f, 3, 3e38f, 1.0f / 18, 1.0f / 18},
      {"equal denormals", 1e-40f, 3, 1e-40f, 1.0f / 18, 1.0f / 18},
  };
  for (const Case& test : kCases) {
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(std::string(tier->name));
      CAPTURE(std::string(test.name));
      Buffer x(18, test.fill);
      x[test.at] = test.value;
      tier->softmax({.rows = 1, .channels = 18, .x = x.data(), .y = x.data()});
      for (int64_t i = 0; i < 18; ++i)
        CHECK(x[i] == doctest::Approx(i == test.at ? test.expected_at : test.expected_rest));
    }
  }
}

TEST_CASE("NaN anywhere, +inf, or nothing but -inf makes the whole row NaN and no other") {
  for (int64_t at = 0; at < 21; ++at) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity}) {
      for (const KernelTable* tier : Tiers()) {
        CAPTURE(std::string(tier->name));
        CAPTURE(at);
        CAPTURE(bad);
        Buffer x = Random(3 * 21, 2);
        x[21 + at] = bad;
        tier->softmax({.rows = 3, .channels = 21, .x = x.data(), .y = x.data()});
        for (int64_t i = 0; i < 21; ++i) {
          CHECK(std::isfinite(x[i]));
          // +inf alone is NaN by inf - inf; the others of its row are exp(-inf) / NaN.
          CHECK(std::isnan(x[21 + i]));
          CHECK(std::isfinite(x[42 + i]));
        }
      }
    }
  }
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(std::string(tier->name));
    Buffer x(9, -kInfinity);
    tier->softmax({.rows = 1, .channels = 9, .x = x.data(), .y = x.data()});
    for (int64_t i = 0; i < 9; ++i) CHECK(std::isnan(x[i]));
  }
}

}  // namespace
}  // namespace vitrt::kernels

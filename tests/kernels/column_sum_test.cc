#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/tiers.h"

namespace vitrt::kernels {
namespace {

constexpr double kTolerance = 1e-6;  // of a mean of values below 1

TEST_CASE("column means agree with double sums, rows outside are not read") {
  for (const int64_t rows : {1, 2, 3, 4, 5, 49, 196}) {
    for (const int64_t channels : {1, 4, 18, 98, 192}) {
      const int64_t x_ld = channels + 3;
      Buffer x = Random(rows * x_ld, 1);
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t c = channels; c < x_ld; ++c) x[r * x_ld + c] = std::numeric_limits<float>::quiet_NaN();
      }
      Buffer expected(channels);
      for (int64_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (int64_t r = 0; r < rows; ++r) sum += x[r * x_ld + c];
        expected[c] = static_cast<float>(sum / static_cast<double>(rows));
      }
      for (const KernelTable* tier : Tiers()) {
        CAPTURE(std::string(tier->name));
        CAPTURE(rows);
        CAPTURE(channels);
        Buffer y(channels);
        tier->column_sum({.rows = rows,
                          .channels = channels,
                          .x = x.data(),
                          .x_ld = x_ld,
                          .scale = 1.0f / static_cast<float>(rows),
                          .y = y.data()});
        CHECK(LargestError(y.data(), expected.data(), channels) <= kTolerance);
        CHECK(y.Intact());
      }
    }
  }
}

TEST_CASE("a column's sum does not depend on the columns beside it") {
  const int64_t rows = 61, channels = 37;
  const Buffer x = Random(rows * channels, 2);
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(std::string(tier->name));
    Buffer whole(channels), alone(channels);
    tier->column_sum({.rows = rows, .channels = channels, .x = x.data(), .x_ld = channels, .y = whole.data()});
    for (int64_t c = 0; c < channels; ++c) {
      tier->column_sum({.rows = rows, .channels = 1, .x = x.data() + c, .x_ld = channels, .y = &alone[c]});
    }
    CHECK(SameBits(whole.data(), alone.data(), channels));
  }
}

}  // namespace
}  // namespace vitrt::kernels

#include "runtime/kernels/ref/layer_norm.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/tiers.h"

namespace vitrt::kernels {
namespace {

constexpr double kTolerance = 5e-6;  // of values of order 1

constexpr int64_t kChannels[] = {1, 3, 4, 15, 16, 18, 31, 98, 192, 768, 1023};

TEST_CASE("LayerNorm and RMS norm agree with the reference, with and without gamma and beta") {
  for (const int64_t channels : kChannels) {
    for (const int variant : {0, 1, 2, 3, 4, 5, 6, 7}) {
      const int64_t rows = 5, x_ld = channels + 1, y_ld = channels + 2;
      const Buffer x = Random(rows * x_ld, 1, -3, 5), gamma = Random(channels, 2), beta = Random(channels, 3);
      LayerNormArgs args{.rows = rows,
                         .channels = channels,
                         .x = x.data(),
                         .x_ld = x_ld,
                         .y_ld = y_ld,
                         .gamma = variant & 1 ? gamma.data() : nullptr,
                         .beta = variant & 2 ? beta.data() : nullptr,
                         .epsilon = 1e-6f,
                         .rms = (variant & 4) != 0};
      Buffer expected(rows * y_ld, 7);
      args.y = expected.data();
      ref::LayerNorm(args);
      for (const KernelTable* tier : Tiers()) {
        CAPTURE(std::string(tier->name));
        CAPTURE(channels);
        CAPTURE(variant);
        Buffer y(rows * y_ld, 7);
        args.y = y.data();
        tier->layer_norm(args);
        CHECK(LargestError(y.data(), expected.data(), y.size()) <= kTolerance);
        CHECK(y.Intact());
      }
    }
  }
}

TEST_CASE("LayerNorm works in place and each row is as it is alone") {
  const int64_t rows = 7, channels = 98;
  const Buffer x = Random(rows * channels, 4);
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(std::string(tier->name));
    Buffer y = Random(rows * channels, 4), alone(rows * channels);
    tier->layer_norm({.rows = rows,
                      .channels = channels,
                      .x = y.data(),
                      .x_ld = channels,
                      .y = y.data(),
                      .y_ld = channels,
                      .epsilon = 1e-5f});
    for (int64_t r = 0; r < rows; ++r) {
      tier->layer_norm({.rows = 1,
                        .channels = channels,
                        .x = x.data() + r * channels,
                        .x_ld = channels,
                        .y = &alone[r * channels],
                        .y_ld = channels,
                        .epsilon = 1e-5f});
    }
    CHECK(SameBits(y.data(), alone.data(), y.size()));
  }
}

TEST_CASE("the variance of values far from zero is not lost") {
  const int64_t channels = 768;
  Buffer x = Random(channels, 5);
  for (int64_t i = 0; i < channels; ++i) x[i] += 1000;
  LayerNormArgs args{
      .rows = 1, .channels = channels, .x = x.data(), .x_ld = channels, .y_ld = channels, .epsilon = 1e-6f};
  Buffer expected(channels);
  args.y = expected.data();
  ref::LayerNorm(args);
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(std::string(tier->name));
    Buffer y(channels);
    args.y = y.data();
    tier->layer_norm(args);
    CHECK(LargestError(y.data(), expected.data(), channels) <= 1e-3);  // the mean is a float: 1000 is known to 6e-5
  }
}

TEST_CASE("NaN spoils its own row only, a constant row becomes beta") {
  const int64_t channels = 21;
  Buffer x = Random(3 * channels, 6);
  x[channels + 20] = std::numeric_limits<float>::quiet_NaN();
  for (int64_t i = 0; i < channels; ++i) x[2 * channels + i] = 0.25f;
  const Buffer beta = Random(channels, 7);
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(std::string(tier->name));
    Buffer y(3 * channels);
    tier->layer_norm({.rows = 3,
                      .channels = channels,
                      .x = x.data(),
                      .x_ld = channels,
                      .y = y.data(),
                      .y_ld = channels,
                      .beta = beta.data(),
                      .epsilon = 1e-5f});
    for (int64_t i = 0; i < channels; ++i) {
      CHECK(std::isfinite(y[i]));
      CHECK(std::isnan(y[channels + i]));
      CHECK(y[2 * channels + i] == doctest::Approx(beta[i]).epsilon(1e-4));
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

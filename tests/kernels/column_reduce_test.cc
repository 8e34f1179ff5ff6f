#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "runtime/kernels/ref/reduce.h"
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
        tier->column_reduce({.rows = rows,
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

TEST_CASE("largest and smallest values of columns are those of the reference, NaN and infinities too") {
  for (const int64_t rows : {1, 2, 5, 49}) {
    for (const int64_t channels : {1, 7, 48, 100}) {
      Buffer x = Random(rows * channels, 3);
      x[0] = std::numeric_limits<float>::quiet_NaN();  // later rows may not hide it
      if (channels > 3) {
        x[(rows - 1) * channels + 1] = std::numeric_limits<float>::quiet_NaN();
        x[rows / 2 * channels + 2] = std::numeric_limits<float>::infinity();
        x[rows / 2 * channels + 3] = -std::numeric_limits<float>::infinity();
      }
      for (const bool largest : {true, false}) {
        Buffer expected(channels);
        ref::ReduceArgs args{.fn = largest ? plan::ReduceFn::Max : plan::ReduceFn::Min,
                             .x_dims = ref::Shape{rows, channels},
                             .x = x.data(),
                             .y = expected.data()};
        args.reduced[0] = true;
        ref::Reduce(args);
        for (const KernelTable* tier : Tiers()) {
          INFO(tier->name, ", ", rows, " rows, ", channels, " channels, ", largest ? "largest" : "smallest");
          Buffer y(channels);
          tier->column_reduce({.fn = largest ? ColumnFn::kMax : ColumnFn::kMin,
                               .rows = rows,
                               .channels = channels,
                               .x = x.data(),
                               .x_ld = channels,
                               .y = y.data()});
          for (int64_t c = 0; c < channels; ++c) {
            CHECK((y[c] == expected[c] || (std::isnan(y[c]) && std::isnan(expected[c]))));
          }
          CHECK(y.Intact());
        }
      }
    }
  }
}

TEST_CASE("a column's result does not depend on the columns beside it") {
  const int64_t rows = 61, channels = 37;
  const Buffer x = Random(rows * channels, 2);
  for (const KernelTable* tier : Tiers()) {
    for (const ColumnFn fn : {ColumnFn::kSum, ColumnFn::kMax, ColumnFn::kMin}) {
      CAPTURE(std::string(tier->name));
      CAPTURE(static_cast<int>(fn));
      ColumnReduceArgs args{.fn = fn, .rows = rows, .channels = channels, .x = x.data(), .x_ld = channels};
      Buffer whole(channels), alone(channels);
      args.y = whole.data();
      tier->column_reduce(args);
      args.channels = 1;
      for (int64_t c = 0; c < channels; ++c) {
        args.x = x.data() + c;
        args.y = &alone[c];
        tier->column_reduce(args);
      }
      CHECK(SameBits(whole.data(), alone.data(), channels));
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

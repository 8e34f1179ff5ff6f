#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/tiers.h"

namespace vitrt::kernels {
namespace {

float Expected(Arithmetic op, float a, float b) {
  switch (op) {
    case Arithmetic::kAdd:
      return a + b;
    case Arithmetic::kSub:
      return a - b;
    case Arithmetic::kMul:
      return a * b;
    case Arithmetic::kDiv:
      return a / b;
    case Arithmetic::kMin:
      return std::isnan(a) || a < b ? a : b;
    case Arithmetic::kMax:
      return std::isnan(a) || a > b ? a : b;
  }
  return 0;
}

constexpr Arithmetic kAll[] = {Arithmetic::kAdd, Arithmetic::kSub, Arithmetic::kMul,
                               Arithmetic::kDiv, Arithmetic::kMin, Arithmetic::kMax};

TEST_CASE("arithmetic with every broadcast is exact, in both orders and in place") {
  struct Broadcast {
    const char* name;
    bool row_stride;
    int64_t column_stride;
  };
  constexpr Broadcast kBroadcasts[] = {
      {"none", true, 1}, {"one row", false, 1}, {"one column", true, 0}, {"a scalar", false, 0}};
  for (const Arithmetic op : kAll) {
    for (const Broadcast& broadcast : kBroadcasts) {
      for (const int64_t channels : {1, 4, 18, 33}) {
        for (const bool swapped : {false, true}) {
          const int64_t rows = 3, z_stride = broadcast.row_stride ? channels : 0;
          const Buffer z = Random(rows * channels, 2, 0.5f, 2);
          for (const KernelTable* tier : Tiers()) {
            CAPTURE(std::string(tier->name));
            CAPTURE(static_cast<int>(op));
            CAPTURE(std::string(broadcast.name));
            CAPTURE(channels);
            CAPTURE(swapped);
            const Buffer x = Random(rows * channels, 1);
            Buffer y = Random(rows * channels, 1);
            tier->binary({.op = op,
                          .rows = rows,
                          .channels = channels,
                          .x = y.data(),
                          .z = z.data(),
                          .z_row_stride = z_stride,
                          .z_column_stride = broadcast.column_stride,
                          .swapped = swapped,
                          .y = y.data()});
            bool equal = true;
            for (int64_t i = 0; i < rows * channels; ++i) {
              const float b = z[i / channels * z_stride + i % channels * broadcast.column_stride];
              equal = equal && y[i] == (swapped ? Expected(op, b, x[i]) : Expected(op, x[i], b));
            }
            CHECK(equal);
            CHECK(y.Intact());
          }
        }
      }
    }
  }
}

TEST_CASE("NaN of either side is kept, by minimum and maximum too") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Arithmetic op : kAll) {
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(std::string(tier->name));
      CAPTURE(static_cast<int>(op));
      Buffer x(19, 1), z(19, 2);
      x[2] = nan, z[5] = nan, x[18] = nan, z[17] = nan;
      tier->binary(
          {.op = op, .rows = 1, .channels = 19, .x = x.data(), .z = z.data(), .z_row_stride = 19, .y = x.data()});
      for (int64_t i = 0; i < 19; ++i) CHECK(std::isnan(x[i]) == (i == 2 || i == 5 || i >= 17));
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

// The int8 convolution: exact sums on every tier for weights and inputs at their extremes, padding that is exactly 0, and
// maps quantised to the same bytes.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <tuple>

#include "runtime/kernels/int8_runs.h"
#include "runtime/kernels/ref/int8.h"
#include "tests/kernels/epilogues.h"
#include "tests/kernels/int8_fillings.h"

namespace vitrt::kernels {
namespace {

struct Geometry {
  const char* name;
  int64_t size, kernel, stride, dilation, pad, cin, cout, groups;
};
constexpr Geometry kGeometries[] = {
    {"3x3, pad 1", 7, 3, 1, 1, 1, 8, 24, 1},
    {"3x3, stride 2, cin no multiple of 4", 9, 3, 2, 1, 1, 6, 17, 1},
    {"5x5, odd groups of four in a tap", 8, 5, 1, 1, 2, 12, 33, 1},
    {"dilation 2", 11, 3, 1, 2, 2, 16, 16, 1},
    {"1x1, stride 2", 8, 1, 2, 1, 0, 20, 40, 1},
    {"2x2, stride 2, no pad", 8, 2, 2, 1, 0, 32, 8, 1},
    {"groups of 8", 10, 3, 1, 1, 1, 32, 32, 4},
    {"groups of 16", 15, 3, 2, 1, 1, 48, 48, 3},
    {"groups of 5 to 7", 6, 3, 1, 1, 1, 10, 14, 2},
    {"one channel a group", 6, 3, 1, 1, 1, 6, 12, 6},
    {"many channels", 5, 3, 1, 1, 1, 72, 70, 1},
};

struct Convolution {
  Geometry g;
  int64_t out, map_rows, cin, cout, panels;
  Window2d window;
  std::vector<int64_t> taps;
  std::vector<int32_t> runs, sums;
  Buffer map, weights, scale;
  float a_scale = 1;
  int32_t a_zero = 0;

  template <typename A, typename B>
  Convolution(const Geometry& geometry, A input, B weight)
      : g(geometry),
        out((g.size + 2 * g.pad - (g.kernel - 1) * g.dilation - 1) / g.stride + 1),
        map_rows((out - 1) * g.stride + (g.kernel - 1) * g.dilation + 1),
        cin(g.cin / g.groups),
        cout(g.cout / g.groups),
        panels((cout + 15) / 16 * g.groups),
        map((map_rows * map_rows * g.cin + 15 + 3) / 4),
        weights(panels * g.kernel * g.kernel * ((cin + 3) / 4) * 16),
        scale(g.cout, 1) {
    window = {.h = g.size,
              .w = g.size,
              .oh = out,
              .ow = out,
              .kernel_h = g.kernel,
              .kernel_w = g.kernel,
              .stride_h = g.stride,
              .stride_w = g.stride,
              .dilation_h = g.dilation,
              .dilation_w = g.dilation,
              .pad_top = g.pad,
              .pad_left = g.pad};
    const int64_t pitch = map_rows * g.cin, fours = (cin + 3) / 4;
    auto* q = reinterpret_cast<uint8_t*>(map.data());
    for (int64_t i = 0; i < map_rows * pitch; ++i) q[i] = static_cast<uint8_t>(input(i / g.cin, i % g.cin));
    auto* w = reinterpret_cast<int8_t*>(weights.data());
    for (int64_t tap = 0; tap < g.kernel * g.kernel; ++tap) {
      taps.push_back(tap / g.kernel * g.dilation * pitch + tap % g.kernel * g.dilation * g.cin);
      for (int64_t o = 0; o < g.cout; ++o) {
        const int64_t panel = o / cout * (panels / g.groups) + o % cout / 16;
        for (int64_t i = 0; i < cin; ++i) {
          const int64_t four = (panel * g.kernel * g.kernel + tap) * fours + i / 4;
          w[(four * 16 + o % cout % 16) * 4 + i % 4] = static_cast<int8_t>(weight(tap * cin + i, o));
        }
      }
    }
    const Int8Panels view{w, cin, panels * 16, g.kernel * g.kernel};
    runs = ProvedRuns(view);
    const std::vector<int32_t> padded = ColumnSums(view);
    for (int64_t o = 0; o < g.cout; ++o)
      sums.push_back(padded[static_cast<size_t>(o / cout * (panels / g.groups * 16) + o % cout)]);
  }

  Int8ConvArgs Args(float* y) const {
    return {.window = window,
            .cin = g.cin,
            .cout = g.cout,
            .groups = g.groups,
            .map = reinterpret_cast<const uint8_t*>(map.data()),
            .pitch = map_rows * g.cin,
            .taps = taps.data(),
            .a_scale = &a_scale,
            .a_zero = &a_zero,
            .b = reinterpret_cast<const int8_t*>(weights.data()),
            .b_scale = scale.data(),
            .column_sums = sums.data(),
            .runs = runs.data(),
            .y = y,
            .epilogue = {}};
  }
};

Convolution Filled(const Geometry& g, const Filling& input, const Filling& weight) {
  std::mt19937 random(static_cast<uint32_t>(g.cin * 100 + g.cout));
  return Convolution(
      g, [&](int64_t i, int64_t j) { return input.value(i, j, random() >> 4); },
      [&](int64_t i, int64_t j) { return weight.value(i, j, random() >> 4); });
}

TEST_CASE("int8 convolution: sums equal 64-bit arithmetic for every weight, input and tier") {
  for (const Geometry& g : kGeometries) {
    for (const Filling& weight : kWeights) {
      for (const Filling& input : kInputs) {
        Convolution c = Filled(g, input, weight);
        c.a_zero = 37;
        Buffer expected(c.out * c.out * g.cout);
        ref::Int8Conv(c.Args(expected.data()), 0, c.out);
        for (const Tier& tier : Int8Tiers()) {
          INFO(tier.name, ", ", g.name, ", weights ", weight.name, ", inputs ", input.name);
          Buffer y(expected.size(), 1e30f);
          tier.kernels.conv(c.Args(y.data()), 0, c.out);
          CHECK(SameBits(y.data(), expected.data(), y.size()));
          CHECK(y.Intact());
        }
      }
    }
  }
}

TEST_CASE("int8 convolution: every epilogue, and any split of rows gives the same bits") {
  for (const Geometry& g : kGeometries) {
    Convolution c = Filled(g, kInputs[0], kWeights[1]);
    c.a_scale = 1e-5f;  // results of about 1, where the tolerance is that of floats
    const int64_t rows = c.out * c.out;
    for (EpilogueCase& e : EpilogueCases(rows, g.cout)) {
      const auto run = [&](const auto& conv, int64_t part) {
        Buffer y = e.Destination();
        Int8ConvArgs args = c.Args(y.data());
        args.epilogue = e.epilogue;
        if (e.in_place) args.epilogue.residual = y.data();
        for (int64_t oy = 0; oy < c.out; oy += part) conv(args, oy, std::min(oy + part, c.out));
        return y;
      };
      const Buffer expected = run(ref::Int8Conv, c.out);
      for (const Tier& tier : Int8Tiers()) {
        INFO(tier.name, ", ", g.name, ", ", e.what);
        const Buffer y = run(tier.kernels.conv, c.out), parts = run(tier.kernels.conv, 2);
        CHECK(LargestError(y.data(), expected.data(), y.size()) < 2e-5);
        CHECK(SameBits(y.data(), parts.data(), y.size()));
        CHECK(y.Intact());
      }
    }
  }
}

TEST_CASE("int8 maps: the same range, bytes and padding on every tier") {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr int64_t kH = 5, kRow = 37, kTop = 2, kLeft = 9, kPitch = 60, kRows = 9;
  for (const auto& [low, high] : {std::pair(-1.0f, 1.0f), std::pair(0.0f, 6.0f), std::pair(-3.0f, -2.0f),
                                  std::pair(0.0f, 0.0f), std::pair(-3e38f, 3e38f), std::pair(kNan, kNan)}) {
    Buffer x = Random(kH * kRow, 7, std::isnan(low) ? 0 : low, std::isnan(low) ? 1 : high);
    if (std::isnan(low)) x[17] = kNan;
    Int8Range range;
    for (int64_t i = 0; i < x.size(); ++i) {
      range = {std::min(range.low, x[i]), std::max(range.high, x[i]), range.finite && std::isfinite(x[i])};
    }
    constexpr Int8Grid kGiven{0.0123f, 77};
    for (const Int8Grid* grid : {static_cast<const Int8Grid*>(nullptr), &kGiven}) {
      const auto quantise = [&](const auto& kernel, int64_t part) {
        Buffer map(kRows * kPitch / 4);
        float scale = 0;
        int32_t zero = -1;
        const Int8MapArgs args{.x = x.data(),
                               .h = kH,
                               .row = kRow,
                               .top = kTop,
                               .left = kLeft,
                               .pitch = kPitch,
                               .range = range,
                               .grid = grid,
                               .scale = &scale,
                               .zero = &zero,
                               .map = reinterpret_cast<uint8_t*>(map.data())};
        for (int64_t y = 0; y < kRows; y += part) kernel(args, y, std::min(y + part, kRows));
        return std::tuple(std::move(map), scale, zero);
      };
      const auto [expected, scale, zero] = quantise(ref::QuantizeMap, kRows);
      for (const Tier& tier : Int8Tiers()) {
        INFO(tier.name, ", from ", range.low, " to ", range.high);
        const Int8Range found = tier.kernels.range(x.data(), x.size());
        CHECK(found.finite == range.finite);
        if (range.finite) CHECK((found.low == range.low && found.high == range.high));
        const auto [map, tier_scale, tier_zero] = quantise(tier.kernels.quantize_map, 4);
        CHECK(tier_zero == zero);
        CHECK(map.Intact());
        if (!range.finite) {
          CHECK(std::isnan(tier_scale));
          continue;
        }
        CHECK(tier_scale == scale);
        CHECK(std::memcmp(reinterpret_cast<const uint8_t*>(map.data()),
                          reinterpret_cast<const uint8_t*>(expected.data()), kRows * kPitch) == 0);
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

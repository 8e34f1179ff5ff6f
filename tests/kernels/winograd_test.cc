// Winograd's convolution on every tier against runtime/kernels/ref/conv.h.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/kernels/ref/conv.h"
#include "tests/kernels/epilogues.h"
#include "tests/kernels/tiers.h"
#include "tests/kernels/winograd_weights.h"

namespace vitrt::kernels {
namespace {

constexpr double kTolerance = 2e-6;  // per term of a sum of values of order 1, as of direct convolutions

struct WinogradCase {
  const char* what;
  int64_t h, w, cin, cout, pad_top, pad_left, oh, ow;
};

const WinogradCase kCases[] = {
    {"whole tiles", 8, 8, 32, 32, 1, 1, 8, 8},
    {"tiles that stick out", 7, 9, 32, 48, 1, 1, 7, 9},
    {"odd channels", 6, 5, 33, 37, 1, 1, 6, 5},
    {"the fewest channels that the converter takes", 8, 8, 24, 24, 1, 1, 8, 8},
    {"fewer channels than a vector", 5, 6, 3, 2, 1, 1, 5, 6},
    {"no padding", 9, 11, 16, 20, 0, 0, 7, 9},
    {"padding on one side", 8, 8, 16, 16, 0, 1, 7, 8},
    {"padding wider than the map", 2, 2, 5, 16, 4, 4, 8, 8},
    {"one output", 3, 3, 40, 16, 0, 0, 1, 1},
    {"one row", 1, 30, 16, 16, 1, 1, 1, 30},
    {"several blocks of tiles", 40, 37, 64, 64, 1, 1, 40, 37},
    {"more channels than a block of k", 6, 6, 800, 16, 1, 1, 6, 6},
};

struct WinogradData {
  WinogradData(const WinogradCase& test, int tile)
      : x(Random(test.h * test.w * test.cin, 1)), weight(Buffer(0)), transformed(Buffer(0)), terms(9 * test.cin) {
    direct.window = {.h = test.h,
                     .w = test.w,
                     .oh = test.oh,
                     .ow = test.ow,
                     .kernel_h = 3,
                     .kernel_w = 3,
                     .pad_top = test.pad_top,
                     .pad_left = test.pad_left};
    direct.cin = test.cin;
    direct.cout = test.cout;
    direct.x = x.data();
    const Buffer values = Random(terms * test.cout, 2);
    weight = Panels(values, terms, test.cout);
    direct.weight = weight.data();
    const int64_t places = (tile + 2) * (tile + 2), n = PanelCount(test.cout) * kPanel;
    const std::vector<float> rows = vitrt::test::WinogradWeights(tile, values.Values(), test.cin, test.cout);
    transformed = Buffer(places * n * test.cin);
    for (int64_t place = 0; place < places; ++place) {
      Buffer matrix(test.cin * test.cout);
      for (int64_t i = 0; i < matrix.size(); ++i) {
        const int64_t c = i / test.cout, column = i % test.cout;
        matrix[i] = rows[static_cast<size_t>((c * places + place) * test.cout + column)];
      }
      const Buffer panels = Panels(matrix, test.cin, test.cout);
      std::copy(panels.data(), panels.data() + panels.size(), transformed.data() + place * n * test.cin);
    }
    args = {.tile = tile, .weight = transformed.data(), .conv = direct};
  }
  int64_t size() const { return direct.window.oh * direct.window.ow * direct.cout; }

  Buffer x, weight, transformed;
  int64_t terms;
  ConvArgs direct;
  WinogradArgs args;
};

// Runs tiles [begin, end) with exactly the scratch that is asked for.
void Run(const KernelTable& tier, const WinogradArgs& args, int64_t begin, int64_t end) {
  Buffer scratch(static_cast<int64_t>((tier.winograd.scratch_bytes(args) + 3) / 4), 1e30f);
  tier.winograd.run(args, begin, end, scratch.data());
  CHECK(scratch.Intact());
}

TEST_CASE("Winograd's convolutions agree with the reference on every tier") {
  for (const WinogradCase& test : kCases) {
    for (const int tile : {2, 4}) {
      WinogradData data(test, tile);
      const Buffer bias = Random(test.cout, 3);
      data.direct.epilogue.bias = data.args.conv.epilogue.bias = bias.data();
      Buffer expected(data.size());
      data.direct.y = expected.data();
      ref::Conv2d(data.direct, 0, test.oh * test.ow);
      for (const KernelTable* tier : Tiers()) {
        INFO(tier->name, ", ", test.what, ", tile ", tile);
        Buffer y(data.size(), 1e30f);
        data.args.conv.y = y.data();
        Run(*tier, data.args, 0, tier->winograd.tiles(data.args));
        CHECK(LargestError(y.data(), expected.data(), y.size()) <= kTolerance * static_cast<double>(data.terms));
        CHECK(y.Intact());
      }
    }
  }
}

TEST_CASE("any split of a map's tiles gives the same bits") {
  for (const WinogradCase& test : kCases) {
    for (const int tile : {2, 4}) {
      WinogradData data(test, tile);
      for (const KernelTable* tier : Tiers()) {
        INFO(tier->name, ", ", test.what, ", tile ", tile);
        const int64_t tiles = tier->winograd.tiles(data.args);
        Buffer whole(data.size()), parts(data.size());
        data.args.conv.y = whole.data();
        Run(*tier, data.args, 0, tiles);
        data.args.conv.y = parts.data();
        for (int64_t begin = 0, step = 1; begin < tiles; begin += step, step = step * 3 + 1) {
          Run(*tier, data.args, begin, std::min(begin + step, tiles));
        }
        CHECK(SameBits(whole.data(), parts.data(), whole.size()));
      }
    }
  }
}

TEST_CASE("Winograd's convolutions apply every epilogue, the residual in place") {
  for (const int which : {0, 1, 2}) {
    const WinogradCase& test = kCases[which];
    for (const int tile : {2, 4}) {
      WinogradData data(test, tile);
      data.x[test.cin] = 400;  // some tiles are summed directly
      for (const EpilogueCase& epilogue : EpilogueCases(test.oh * test.ow, test.cout)) {
        data.direct.epilogue = data.args.conv.epilogue = epilogue.epilogue;
        Buffer expected = epilogue.Destination();
        data.direct.y = expected.data();
        if (epilogue.in_place) data.direct.epilogue.residual = expected.data();
        ref::Conv2d(data.direct, 0, test.oh * test.ow);
        for (const KernelTable* tier : Tiers()) {
          INFO(tier->name, ", ", test.what, ", tile ", tile, ", ", epilogue.what);
          Buffer y = epilogue.Destination();
          data.args.conv.y = y.data();
          if (epilogue.in_place) data.args.conv.epilogue.residual = y.data();
          Run(*tier, data.args, 0, tier->winograd.tiles(data.args));
          CHECK(LargestError(y.data(), expected.data(), y.size()) <=
                1e-5 + kTolerance * static_cast<double>(data.terms));
          CHECK(y.Intact());
        }
      }
    }
  }
}

// Whether the inputs of output `i`'s tile have the place (y, x) of the map.
bool TileReads(const WinogradCase& test, int64_t tile, int64_t i, int64_t y, int64_t x) {
  const int64_t first_y = i / test.ow / tile * tile - test.pad_top, first_x = i % test.ow / tile * tile - test.pad_left;
  return y >= first_y && y < first_y + tile + 2 && x >= first_x && x < first_x + tile + 2;
}

TEST_CASE("tiles with a value that is not finite or far larger than the others have the bits of the direct kernel") {
  const float values[] = {std::nanf(""), HUGE_VALF, -HUGE_VALF, 3e38f, 1e21f, 1e6f, -2000.0f};
  for (const int which : {0, 1, 2, 3}) {  // of 24 channels and more
    const WinogradCase& test = kCases[which];
    for (const int tile : {2, 4}) {
      WinogradData data(test, tile);
      Buffer plain(data.size()), direct(data.size()), y(data.size());
      const int64_t places[][2] = {{0, 0}, {test.h / 2, test.w / 2}, {test.h - 1, test.w - 1}};
      for (const auto& place : places) {
        const int64_t at_y = place[0], at_x = place[1];
        float& x = data.x[(at_y * test.w + at_x) * test.cin + test.cin / 2];
        for (const KernelTable* tier : Tiers()) {
          const float before = x;
          data.args.conv.y = plain.data();
          Run(*tier, data.args, 0, tier->winograd.tiles(data.args));
          for (const float value : values) {
            INFO(tier->name, ", ", test.what, ", tile ", tile, ", ", value, " at ", at_y, ", ", at_x);
            x = value;
            data.args.conv.y = y.data();
            Run(*tier, data.args, 0, tier->winograd.tiles(data.args));
            data.direct.y = direct.data();
            Buffer scratch(static_cast<int64_t>(tier->conv.scratch_bytes(data.direct) / sizeof(float)));
            tier->conv.run(data.direct, 0, test.oh * test.ow, scratch.data());
            int64_t others = 0;
            for (int64_t i = 0; i < test.oh * test.ow; ++i) {
              const Buffer& expected = TileReads(test, tile, i, at_y, at_x) ? direct : plain;
              others += !SameBits(y.data() + i * test.cout, expected.data() + i * test.cout, test.cout);
            }
            CHECK(others == 0);
          }
          x = before;
        }
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

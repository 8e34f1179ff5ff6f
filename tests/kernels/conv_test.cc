// Dense and grouped convolutions on every tier against runtime/kernels/ref/conv.h.
#include "runtime/kernels/ref/conv.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/kernels/epilogues.h"
#include "tests/kernels/tiers.h"
#include "tests/kernels/window.h"

namespace vitrt::kernels {
namespace {

constexpr double kTolerance = 2e-6;  // per term of a sum of values of order 1

struct ConvCase {
  const char* what;
  int64_t h, w, cin, cout, groups, kernel_h, kernel_w, stride, dilation, pad_top, pad_left, oh, ow;
};

const ConvCase kCases[] = {
    {"3x3 stem, stride 2", 15, 17, 3, 32, 1, 3, 3, 2, 1, 1, 1, 8, 9},
    {"3x3, odd channels", 9, 8, 5, 19, 1, 3, 3, 1, 1, 1, 1, 9, 8},
    {"3x3, more than one block of k", 7, 7, 96, 40, 1, 3, 3, 1, 1, 1, 1, 7, 7},
    {"3x3, kernel rows longer than a block of k", 5, 5, 130, 16, 1, 3, 3, 1, 1, 1, 1, 5, 5},
    {"7x7, stride 2", 21, 20, 3, 24, 1, 7, 7, 2, 1, 3, 3, 11, 10},
    {"patches, no padding", 24, 32, 3, 36, 1, 8, 8, 8, 1, 0, 0, 3, 4},
    {"patches that leave a rest", 27, 33, 3, 16, 1, 8, 8, 8, 1, 0, 0, 3, 4},
    {"1x1", 6, 5, 33, 17, 1, 1, 1, 1, 1, 0, 0, 6, 5},
    {"1x1, stride 2", 7, 6, 24, 48, 1, 1, 1, 2, 1, 0, 0, 4, 3},
    {"groups of 8", 9, 9, 24, 24, 3, 3, 3, 1, 1, 1, 1, 9, 9},
    {"groups of 16, stride 2", 10, 10, 48, 48, 3, 3, 3, 2, 1, 1, 1, 5, 5},
    {"groups of 24", 6, 6, 72, 72, 3, 3, 3, 1, 1, 1, 1, 6, 6},
    {"groups of 5 to 7", 6, 6, 15, 21, 3, 3, 3, 1, 1, 1, 1, 6, 6},
    {"one channel per group and more outputs", 6, 6, 4, 12, 4, 3, 3, 1, 1, 1, 1, 6, 6},
    {"dilation 2", 12, 11, 8, 16, 1, 3, 3, 1, 2, 2, 2, 12, 11},
    {"dilation 2, groups, stride 2", 12, 11, 16, 16, 2, 3, 3, 2, 2, 2, 2, 6, 6},
    {"padding on one side, as of TensorFlow", 8, 8, 4, 16, 1, 3, 3, 2, 1, 0, 0, 4, 4},
    {"padding wider than the map", 2, 2, 3, 16, 1, 5, 5, 1, 1, 4, 4, 6, 6},
    {"1x7", 6, 9, 6, 18, 1, 1, 7, 1, 1, 0, 3, 6, 9},
    {"7x1", 9, 6, 6, 18, 1, 7, 1, 1, 1, 3, 0, 9, 6},
    {"several strips of input rows", 40, 60, 16, 16, 1, 3, 3, 1, 1, 1, 1, 40, 60},
    {"one position", 4, 4, 12, 100, 1, 4, 4, 1, 1, 0, 0, 1, 1},
};

struct ConvData {
  explicit ConvData(const ConvCase& test)
      : x(Random(test.h * test.w * test.cin, 1)),
        weight(Buffer(0)),
        terms(test.kernel_h * test.kernel_w * test.cin / test.groups) {
    args.window = WindowOf(test);
    args.cin = test.cin;
    args.cout = test.cout;
    args.groups = test.groups;
    const int64_t n = test.cout / test.groups, panels = PanelCount(n);
    weight = Buffer(test.groups * panels * terms * kPanel);
    for (int64_t g = 0; g < test.groups; ++g) {
      const Buffer group = Panels(Random(terms * n, static_cast<uint32_t>(10 + g)), terms, n);
      std::copy(group.data(), group.data() + group.size(), weight.data() + g * panels * terms * kPanel);
    }
    args.x = x.data();
    args.weight = weight.data();
  }
  int64_t positions() const { return args.window.oh * args.window.ow; }

  ConvArgs args;
  Buffer x, weight;
  int64_t terms;
};

// Runs [begin, end) with exactly the scratch that is asked for.
void Run(const KernelTable& tier, const ConvArgs& args, int64_t begin, int64_t end) {
  Buffer scratch(static_cast<int64_t>((tier.conv.scratch_bytes(args) + 3) / 4), 1e30f);
  tier.conv.run(args, begin, end, scratch.data());
  CHECK(scratch.Intact());
}

TEST_CASE("convolutions agree with the reference on every tier") {
  for (const ConvCase& test : kCases) {
    ConvData data(test);
    const int64_t positions = data.positions();
    const Buffer bias = Random(test.cout, 3);
    data.args.epilogue.bias = bias.data();
    Buffer expected(positions * test.cout);
    data.args.y = expected.data();
    ref::Conv2d(data.args, 0, positions);
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(tier->name);
      CAPTURE(test.what);
      Buffer y(positions * test.cout, 1e30f);
      data.args.y = y.data();
      Run(*tier, data.args, 0, positions);
      CHECK(LargestError(y.data(), expected.data(), y.size()) <= kTolerance * static_cast<double>(data.terms));
      CHECK(y.Intact());
    }
  }
}

TEST_CASE("any split of a convolution's positions gives the same bits") {
  for (const ConvCase& test : kCases) {
    ConvData data(test);
    const int64_t positions = data.positions();
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(tier->name);
      CAPTURE(test.what);
      Buffer whole(positions * test.cout), parts(positions * test.cout);
      data.args.y = whole.data();
      Run(*tier, data.args, 0, positions);
      data.args.y = parts.data();
      for (int64_t begin = 0, step = 1; begin < positions; begin += step, step = step * 3 + 1) {
        Run(*tier, data.args, begin, std::min(begin + step, positions));
      }
      CHECK(SameBits(whole.data(), parts.data(), whole.size()));
    }
  }
}

TEST_CASE("convolutions apply every epilogue, the residual in place") {
  for (const int which : {0, 1, 9, 12}) {
    const ConvCase& test = kCases[which];
    ConvData data(test);
    const int64_t positions = data.positions();
    for (const EpilogueCase& epilogue : EpilogueCases(positions, test.cout)) {
      data.args.epilogue = epilogue.epilogue;
      Buffer expected = epilogue.Destination();
      data.args.y = expected.data();
      if (epilogue.in_place) data.args.epilogue.residual = expected.data();
      ref::Conv2d(data.args, 0, positions);
      for (const KernelTable* tier : Tiers()) {
        CAPTURE(tier->name);
        CAPTURE(test.what);
        CAPTURE(epilogue.what);
        Buffer y = epilogue.Destination();
        data.args.y = y.data();
        if (epilogue.in_place) data.args.epilogue.residual = y.data();
        Run(*tier, data.args, 0, positions);
        CHECK(LargestError(y.data(), expected.data(), y.size()) <= 1e-5 + kTolerance * static_cast<double>(data.terms));
        CHECK(y.Intact());
      }
    }
  }
}

TEST_CASE("a NaN of the map reaches the positions that see it and no other") {
  const ConvCase test{"", 6, 6, 4, 16, 1, 3, 3, 1, 1, 1, 1, 6, 6};
  ConvData data(test);
  data.args.epilogue.fn = Fn::kRelu;
  data.x[(2 * 6 + 3) * 4 + 1] = __builtin_nanf("");
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(tier->name);
    Buffer y(36 * 16);
    data.args.y = y.data();
    Run(*tier, data.args, 0, 36);
    for (int64_t i = 0; i < 36; ++i) {
      const bool sees = std::abs(i / 6 - 2) <= 1 && std::abs(i % 6 - 3) <= 1;
      CAPTURE(i);
      CHECK((y[i * 16 + 5] != y[i * 16 + 5]) == sees);
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

// Depthwise convolutions on every tier against runtime/kernels/ref/conv.h.
#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/kernels/ref/conv.h"
#include "tests/kernels/epilogues.h"
#include "tests/kernels/tiers.h"
#include "tests/kernels/window.h"

namespace vitrt::kernels {
namespace {

constexpr double kTolerance = 2e-6;  // per tap

struct DepthwiseCase {
  int64_t h, w, channels, kernel_h, kernel_w, stride, dilation, pad_top, pad_left, oh, ow;
};

const DepthwiseCase kCases[] = {
    {14, 14, 40, 3, 3, 1, 1, 1, 1, 14, 14}, {13, 15, 24, 3, 3, 2, 1, 1, 1, 7, 8},
    {14, 14, 16, 5, 5, 1, 1, 2, 2, 14, 14}, {15, 14, 19, 5, 5, 2, 1, 2, 2, 8, 7},
    {7, 7, 64, 7, 7, 1, 1, 3, 3, 7, 7},     {20, 22, 33, 7, 7, 1, 1, 3, 3, 20, 22},
    {17, 16, 8, 7, 7, 2, 1, 3, 3, 9, 8},    {3, 3, 12, 7, 7, 1, 1, 3, 3, 3, 3},
    {9, 8, 300, 3, 3, 1, 1, 1, 1, 9, 8},    {12, 12, 20, 3, 3, 1, 2, 2, 2, 12, 12},
    {10, 11, 7, 3, 3, 3, 1, 1, 1, 4, 4},    {8, 8, 16, 3, 3, 2, 1, 0, 0, 4, 4},
    {9, 9, 10, 4, 2, 1, 1, 1, 0, 8, 8},     {6, 30, 17, 1, 3, 1, 1, 0, 1, 6, 30},
    {30, 6, 17, 9, 1, 1, 1, 4, 0, 30, 6},   {2, 2, 5, 3, 3, 1, 1, 2, 2, 4, 4},
    {1, 1, 31, 3, 3, 1, 1, 1, 1, 1, 1},     {8, 20, 16, 3, 3, 1, 1, 0, 0, 6, 18},
};

struct DepthwiseData {
  explicit DepthwiseData(const DepthwiseCase& test)
      : x(Random(test.h * test.w * test.channels, 1)),
        weight(Random(test.kernel_h * test.kernel_w * test.channels, 2)) {
    args.window = WindowOf(test);
    args.channels = test.channels;
    args.x = x.data();
    args.weight = weight.data();
  }
  DepthwiseArgs args;
  Buffer x, weight;
};

TEST_CASE("depthwise convolutions agree with the reference on every tier, with every epilogue") {
  for (const DepthwiseCase& test : kCases) {
    DepthwiseData data(test);
    const double taps = static_cast<double>(test.kernel_h * test.kernel_w);
    for (const EpilogueCase& epilogue : EpilogueCases(test.oh * test.ow, test.channels)) {
      data.args.epilogue = epilogue.epilogue;
      Buffer expected = epilogue.Destination();
      data.args.y = expected.data();
      if (epilogue.in_place) data.args.epilogue.residual = expected.data();
      ref::Depthwise(data.args, 0, test.oh);
      for (const KernelTable* tier : Tiers()) {
        CAPTURE(tier->name);
        CAPTURE(&test - kCases);
        CAPTURE(epilogue.what);
        Buffer y = epilogue.Destination();
        data.args.y = y.data();
        if (epilogue.in_place) data.args.epilogue.residual = y.data();
        tier->depthwise(data.args, 0, test.oh);
        CHECK(LargestError(y.data(), expected.data(), y.size()) <= 2e-6 + kTolerance * taps);
        CHECK(y.Intact());
      }
    }
  }
}

TEST_CASE("each row of a depthwise convolution is as it is alone") {
  for (const DepthwiseCase& test : kCases) {
    DepthwiseData data(test);
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(tier->name);
      CAPTURE(&test - kCases);
      Buffer whole(test.oh * test.ow * test.channels), rows(test.oh * test.ow * test.channels);
      data.args.y = whole.data();
      tier->depthwise(data.args, 0, test.oh);
      data.args.y = rows.data();
      for (int64_t y = test.oh; y-- > 0;) tier->depthwise(data.args, y, y + 1);
      CHECK(SameBits(whole.data(), rows.data(), whole.size()));
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

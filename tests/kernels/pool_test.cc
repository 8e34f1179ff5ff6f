// Pooling on every tier against runtime/kernels/ref/pool.h.
#include "runtime/kernels/ref/pool.h"

#include <doctest/doctest.h>

#include "tests/kernels/tiers.h"

namespace vitrt::kernels {
namespace {

constexpr double kTolerance = 2e-6;

struct PoolCase {
  int64_t h, w, channels, kernel, stride, dilation, pad_top, pad_left, pad_bottom, pad_right, oh, ow;
};

const PoolCase kCases[] = {
    {8, 8, 24, 2, 2, 1, 0, 0, 0, 0, 4, 4},  {9, 7, 33, 3, 2, 1, 1, 1, 1, 1, 5, 4},
    {7, 7, 100, 3, 1, 1, 1, 1, 1, 1, 7, 7}, {7, 7, 64, 7, 1, 1, 0, 0, 0, 0, 1, 1},
    {9, 8, 3, 3, 2, 1, 0, 0, 0, 0, 5, 4},  // the last window sticks out (ceil_mode)
    {9, 9, 19, 3, 1, 2, 2, 1, 2, 3, 9, 9},  {5, 5, 1, 2, 3, 1, 1, 0, 0, 1, 2, 2},
    {4, 4, 70, 4, 4, 1, 0, 0, 0, 0, 1, 1},
};

TEST_CASE("max and average pooling agree with the reference on every tier") {
  for (const PoolCase& test : kCases) {
    const Buffer x = Random(test.h * test.w * test.channels, 1);
    for (const int kind : {0, 1, 2}) {  // max, average, average with padding
      PoolArgs args{.window = {.h = test.h,
                               .w = test.w,
                               .oh = test.oh,
                               .ow = test.ow,
                               .kernel_h = test.kernel,
                               .kernel_w = test.kernel,
                               .stride_h = test.stride,
                               .stride_w = test.stride,
                               .dilation_h = test.dilation,
                               .dilation_w = test.dilation,
                               .pad_top = test.pad_top,
                               .pad_left = test.pad_left},
                    .channels = test.channels,
                    .average = kind > 0,
                    .count_include_pad = kind == 2,
                    .pad_bottom = test.pad_bottom,
                    .pad_right = test.pad_right,
                    .x = x.data()};
      Buffer expected(test.oh * test.ow * test.channels);
      args.y = expected.data();
      ref::Pool(args, 0, test.oh);
      for (const KernelTable* tier : Tiers()) {
        CAPTURE(tier->name);
        CAPTURE(&test - kCases);
        CAPTURE(kind);
        Buffer y(expected.size()), rows(expected.size());
        args.y = y.data();
        tier->pool(args, 0, test.oh);
        CHECK(LargestError(y.data(), expected.data(), y.size()) <= (kind == 0 ? 0 : kTolerance));
        CHECK(y.Intact());
        args.y = rows.data();
        for (int64_t r = 0; r < test.oh; ++r) tier->pool(args, r, r + 1);
        CHECK(SameBits(rows.data(), y.data(), y.size()));
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

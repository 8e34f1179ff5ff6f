#include "runtime/onednn/convolution.h"

#include <doctest/doctest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <future>
#include <memory>
#include <random>
#include <vector>

#include "runtime/kernels/gemm.h"
#include "runtime/kernels/ref/conv.h"
#include "runtime/onednn/context.h"

using namespace vitrt;
using kernels::Fn;

TEST_SUITE_BEGIN("runtime/onednn/convolution");

namespace {

struct Case {
  const char* title;
  int64_t h, w, cin, cout, kernel, stride, pad, groups;
  Fn fn;
  bool bias, residual;
};

const Case kCases[] = {
    {"linear layer: 197 rows", 197, 1, 96, 80, 1, 1, 0, 1, Fn::kGeluErf, true, false},
    {"linear layer: residual", 49, 1, 64, 64, 1, 1, 0, 1, Fn::kIdentity, true, true},
    {"dense 3x3", 14, 14, 32, 48, 3, 1, 1, 1, Fn::kRelu, true, false},
    {"dense 3x3 stride 2, 3 channels", 32, 32, 3, 16, 3, 2, 1, 1, Fn::kHardSwish, true, false},
    {"grouped 3x3", 14, 14, 48, 48, 3, 1, 1, 3, Fn::kRelu, true, true},
    {"depthwise 5x5", 14, 14, 64, 64, 5, 1, 2, 64, Fn::kIdentity, false, false},
};

std::vector<float> Random(size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> v(n);
  for (float& x : v) x = normal(random);
  return v;
}

// Plain [kh, kw, cin/groups, cout] into the plan's Panels16.
std::vector<float> Panels(const std::vector<float>& plain, int64_t k, int64_t cout, int64_t groups) {
  const int64_t per = cout / groups, panels = PanelCount(per);
  std::vector<float> out(static_cast<size_t>(groups * panels * k * kPanel), 0.0f);
  for (int64_t g = 0; g < groups; ++g) {
    for (int64_t i = 0; i < k; ++i) {
      for (int64_t c = 0; c < per; ++c) {
        out[static_cast<size_t>(((g * panels + c / kPanel) * k + i) * kPanel + c % kPanel)] =
            plain[static_cast<size_t>(i * cout + g * per + c)];
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE(
    "matches the reference convolution, bit-identical beside itself, and leaves the host's OpenMP settings alone") {
  for (const Case& c : kCases) {
    INFO(c.title);
    kernels::Window2d window{.h = c.h,
                             .w = c.w,
                             .kernel_h = c.w == 1 ? 1 : c.kernel,
                             .kernel_w = c.kernel,
                             .stride_h = c.stride,
                             .stride_w = c.stride,
                             .pad_top = c.pad,
                             .pad_left = c.pad};
    window.oh = (c.h + 2 * c.pad - window.kernel_h) / c.stride + 1;
    window.ow = (c.w + 2 * c.pad - window.kernel_w) / c.stride + 1;
    const int64_t k = window.kernel_h * window.kernel_w * (c.cin / c.groups);
    const auto x = Random(c.h * c.w * c.cin, 1), weight = Random(k * c.cout, 2), bias = Random(c.cout, 3);
    const int64_t rows = window.oh * window.ow;
    const auto residual = Random(rows * c.cout, 4);

    std::vector<float> expected(residual.size());
    const auto panels = Panels(weight, k, c.cout, c.groups);
    {
      kernels::ConvArgs args{.window = window,
                             .cin = c.cin,
                             .cout = c.cout,
                             .groups = c.groups,
                             .x = x.data(),
                             .weight = panels.data(),
                             .y = expected.data(),
                             .epilogue = {}};
      args.epilogue.bias = c.bias ? bias.data() : nullptr;
      args.epilogue.fn = c.fn;
      args.epilogue.residual = c.residual ? residual.data() : nullptr;
      args.epilogue.residual_ld = c.cout;
      kernels::ref::Conv2d(args, 0, rows);
    }

    const int before = omp_get_max_threads();
    const auto conv = onednn::Convolution::Create({.window = window,
                                                   .cin = c.cin,
                                                   .cout = c.cout,
                                                   .groups = c.groups,
                                                   .weight = weight.data(),
                                                   .bias = c.bias ? bias.data() : nullptr,
                                                   .fn = c.fn,
                                                   .residual = c.residual});
    REQUIRE_MESSAGE(conv.ok(), conv.status().ToString());
    const auto run = [&] {
      std::unique_ptr<std::byte, decltype(&std::free)> scratch(
          static_cast<std::byte*>(std::aligned_alloc(64, ((*conv)->scratch_bytes() + 127) / 64 * 64)), &std::free);
      std::vector<float> y(expected.size(), NAN);
      (*conv)->Run(x.data(), y.data(), c.residual ? residual.data() : nullptr, scratch.get());
      return y;
    };
    auto other = std::async(std::launch::async, run);
    const std::vector<float> y = run();
    CHECK(other.get() == y);
    CHECK(omp_get_max_threads() == before);
    float largest = 0, error = 0;
    for (size_t i = 0; i < y.size(); ++i) {
      largest = std::max(largest, std::abs(expected[i]));
      error = std::isfinite(y[i]) ? std::max(error, std::abs(y[i] - expected[i])) : INFINITY;
    }
    CHECK(error < 1e-5f * largest);
  }
}

TEST_SUITE_END();

// oneDNN's integer sums against 64-bit arithmetic, for weights and inputs at their extremes; what may saturate is refused.
#include "runtime/onednn/int8_convolution.h"

#include <doctest/doctest.h>
#include <omp.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <iterator>
#include <memory>
#include <random>
#include <vector>

#include "tests/kernels/int8_fillings.h"

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/onednn/int8_convolution");

namespace {

struct Case {
  const char* title;
  int64_t h, w, cin, cout, kernel, stride, groups;
};

const Case kCases[] = {
    {"linear layer: sums beyond 2^24", 3, 1, 2048, 24, 1, 1, 1},
    {"linear layer: 197 rows", 197, 1, 96, 80, 1, 1, 1},
    {"linear layer: one row", 1, 1, 48, 24, 1, 1, 1},
    {"linear layer: odd columns", 13, 1, 64, 33, 1, 1, 1},
    {"dense 3x3", 12, 12, 32, 48, 3, 1, 1},
    {"dense 3x3 stride 2, 7 channels", 17, 17, 7, 18, 3, 2, 1},
    {"grouped 3x3", 10, 10, 48, 48, 3, 1, 3},
};

// Whether every sum is a whole number that fp32 has.
bool SumsFit(const std::vector<int8_t>& weight, int64_t cout) {
  for (int64_t o = 0; o < cout; ++o) {
    int64_t positive = 0, negative = 0;
    for (size_t i = static_cast<size_t>(o); i < weight.size(); i += static_cast<size_t>(cout))
      (weight[i] > 0 ? positive : negative) += 255 * weight[i];
    if (positive > 1 << 24 || -negative > 1 << 24) return false;
  }
  return true;
}

// Whether 255 times the positive or the negative ones of two neighbours of cin stay within int16 everywhere.
bool PairsFit(const std::vector<int8_t>& weight, int64_t taps, int64_t in, int64_t cout) {
  for (int64_t t = 0; t < taps; ++t) {
    for (int64_t o = 0; o < cout; ++o) {
      for (int64_t i = 0; i < in; i += 2) {
        int positive = 0, negative = 0;
        for (int64_t j = i; j < std::min(in, i + 2); ++j) {
          const int8_t w = weight[static_cast<size_t>((t * in + j) * cout + o)];
          (w > 0 ? positive : negative) += w;
        }
        if (positive > 128 || negative < -128) return false;
      }
    }
  }
  return true;
}

}  // namespace

TEST_CASE("sums equal 64-bit arithmetic, beside themselves too, and the host's OpenMP settings stay") {
  int compared = 0;
  for (const Case& c : kCases) {
    kernels::Window2d window{.h = c.h,
                             .w = c.w,
                             .kernel_h = c.w == 1 ? 1 : c.kernel,
                             .kernel_w = c.kernel,
                             .stride_h = c.stride,
                             .stride_w = c.stride};
    window.oh = (c.h - window.kernel_h) / c.stride + 1;
    window.ow = (c.w - window.kernel_w) / c.stride + 1;
    const int64_t in = c.cin / c.groups, taps = window.kernel_h * window.kernel_w;
    std::vector<kernels::Filling> fillings(std::begin(kernels::kWeights), std::end(kernels::kWeights));
    fillings.push_back({"positive, an odd sum",
                        [](int64_t i, int64_t, uint32_t) { return i == 0 ? 63 : 40 + static_cast<int>(i % 2) * 8; }});
    for (const kernels::Filling& weights : fillings) {
      for (const kernels::Filling& inputs : kernels::kInputs) {
        INFO(c.title, ", weights ", weights.name, ", inputs ", inputs.name);
        std::mt19937 random(7);
        std::vector<uint8_t> x;
        for (int64_t i = 0; i < c.h * c.w * c.cin; ++i)
          x.push_back(static_cast<uint8_t>(inputs.value(i / c.cin, i % c.cin, random() >> 4)));
        std::vector<int8_t> weight;
        for (int64_t i = 0; i < taps * in * c.cout; ++i)
          weight.push_back(static_cast<int8_t>(weights.value(i / c.cout, i % c.cout, random() >> 4)));
        const bool fit = PairsFit(weight, taps, in, c.cout);
        const int before = omp_get_max_threads();
        const auto convolution = onednn::Int8Convolution::Create(
            {.window = window, .cin = c.cin, .cout = c.cout, .groups = c.groups, .weight = weight.data()});
        if (!convolution.ok()) {  // weights that may saturate, below VNNI, or whose sums are rounded
          CHECK(convolution.status().code() == StatusCode::kUnsupported);
          CHECK((!fit || !SumsFit(weight, c.cout)));
          continue;
        }
        ++compared;
        const auto run = [&] {
          std::unique_ptr<std::byte, decltype(&std::free)> scratch(
              static_cast<std::byte*>(std::aligned_alloc(64, ((*convolution)->scratch_bytes() + 127) / 64 * 64)),
              &std::free);
          std::vector<int32_t> sums(static_cast<size_t>(window.oh * window.ow * c.cout), -1);
          CHECK((*convolution)->Run(x.data(), sums.data(), scratch.get()));
          return sums;
        };
        auto other = std::async(std::launch::async, run);
        const std::vector<int32_t> sums = run();
        CHECK(other.get() == sums);
        CHECK(omp_get_max_threads() == before);
        size_t at = 0, wrong = 0;
        for (int64_t oy = 0; oy < window.oh; ++oy) {
          for (int64_t ox = 0; ox < window.ow; ++ox) {
            for (int64_t o = 0; o < c.cout; ++o, ++at) {
              int64_t sum = 0;
              for (int64_t t = 0; t < taps; ++t) {
                const int64_t row = oy * c.stride + t / window.kernel_w, column = ox * c.stride + t % window.kernel_w;
                const int64_t first = (row * c.w + column) * c.cin + o / (c.cout / c.groups) * in;
                for (int64_t i = 0; i < in; ++i)
                  sum += int64_t{x[static_cast<size_t>(first + i)]} *
                         weight[static_cast<size_t>((t * in + i) * c.cout + o)];
              }
              wrong += sum != sums[at];
            }
          }
        }
        CHECK(wrong == 0);
      }
    }
  }
  CHECK(compared > 100);
}

TEST_SUITE_END();

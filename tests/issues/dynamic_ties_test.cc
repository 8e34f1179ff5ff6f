// A convolution behind DynamicQuantizeLinear took the range of the image with the arithmetic of vitrt's own quantisation: a
// product with a reciprocal where ONNX divides, a zero point rounded up where ONNX rounds to even. Values half a step
// between two integers became the other one.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "converters/cli/convert.h"
#include "runtime/base/isa.h"
#include "tests/issues/run_model.h"
#include "vitrt/session.h"

namespace vitrt::test {
namespace {

constexpr int64_t kChannels = 16, kSize = 6, kPixels = kSize * kSize, kOut = 24;

// DynamicQuantizeLinear as ONNX has it, less the zero point.
std::vector<int> Quantized(const std::vector<float>& x, float* scale) {
  const float low = std::min(0.0f, *std::min_element(x.begin(), x.end()));
  const float high = std::max(0.0f, *std::max_element(x.begin(), x.end()));
  *scale = high == low ? 1 : (high - low) / 255;
  const float zero = std::clamp(std::nearbyint(-low / *scale), 0.0f, 255.0f);
  std::vector<int> q;
  q.reserve(x.size());
  for (const float v : x)
    q.push_back(static_cast<int>(std::clamp(std::nearbyint(v / *scale) + zero, 0.0f, 255.0f) - zero));
  return q;
}

int Weight(int64_t out, int64_t in, int64_t tap) {
  return static_cast<int>((out * 31 + in * 17 + tap * 29) % 255) - 127;
}

// A 3x3 convolution with pads of 1, or a 1x1 one, whose tap is that in the middle.
std::vector<double> Sums(const std::vector<float>& x, int64_t kernel) {
  float scale = 0;
  const std::vector<int> q = Quantized(x, &scale);
  std::vector<double> sums;
  for (int64_t o = 0; o < kOut; ++o) {
    for (int64_t p = 0; p < kPixels; ++p) {
      int64_t sum = 0;
      for (int64_t tap = kernel == 3 ? 0 : 4; tap < (kernel == 3 ? 9 : 5); ++tap) {
        const int64_t row = p / kSize + tap / 3 - 1, column = p % kSize + tap % 3 - 1;
        if (row < 0 || row >= kSize || column < 0 || column >= kSize) continue;
        for (int64_t c = 0; c < kChannels; ++c)
          sum += int64_t{q[static_cast<size_t>(c * kPixels + row * kSize + column)]} * Weight(o, c, tap);
      }
      sums.push_back(static_cast<double>(sum) * static_cast<double>(scale) * 1e-4);
    }
  }
  return sums;
}

ModelBuilder Model(int64_t kernel) {
  using T = ::onnx::TensorProto;
  ModelBuilder m(17);
  m.Input("image", {1, kChannels, kSize, kSize}).Output("sums").Output("logits");
  m.Floats("c", {}, {1e-4f}).Floats("h", {kOut, 5}, Numbers(kOut * 5));
  m.Node("DynamicQuantizeLinear", {"image"}, {"q", "s", "z"});
  const int64_t taps = kernel * kernel;
  auto* w = m.Tensor("w", T::INT8, {kOut, kChannels, kernel, kernel});
  for (int64_t i = 0; i < kOut * kChannels * taps; ++i)
    w->add_int32_data(Weight(i / taps / kChannels, i / taps % kChannels, kernel == 3 ? i % taps : 4));
  m.Node("ConvInteger", {"q", "w", "z"}, {"integers"}).Ints("pads", std::vector<int64_t>(4, kernel / 2));
  m.Node("Cast", {"integers"}, {"floats"}).Int("to", T::FLOAT);
  m.Node("Mul", {"s", "c"}, {"scale"});
  m.Node("Mul", {"floats", "scale"}, {"sums"});
  m.Node("GlobalAveragePool", {"sums"}, {"mean"});
  m.Node("Flatten", {"mean"}, {"flat"});
  m.Node("MatMul", {"flat", "h"}, {"logits"});
  return m;
}

// Multiples of 0.05 up to `top` steps, of which `below` are negative.
std::vector<float> Image(int top, int below) {
  std::vector<float> x;
  for (int64_t i = 0; i < kChannels * kPixels; ++i)
    x.push_back(static_cast<float>(static_cast<int>(i * i * 7 + i * 3) % (top + 1) - below) * 0.05f);
  x[0] = static_cast<float>(top - below) * 0.05f;
  x[1] = static_cast<float>(-below) * 0.05f;
  return x;
}

TEST_CASE("a layer behind DynamicQuantizeLinear has its integers, also those of values half a step between two") {
  const auto best = IsaOf(ReadCpuWords());
  for (const int64_t kernel : {3, 1}) {
    CAPTURE(kernel);
    TempFolder folder;
    convert::ConvertOptions options;
    options.model = Model(kernel).Write(folder / "model.onnx");
    options.output = folder / "model.plan";
    options.verify = true;
    const auto report = convert::Convert(options);
    REQUIRE_MESSAGE(report.ok(), report.status().ToString());
    REQUIRE(!report->int8_layers.empty());
    CHECK(report->int8_layers.front().as_given);
    for (const Isa isa : {Isa::kSse41, Isa::kAvx, Isa::kAvx2, Isa::kAvx512}) {
      if (!best || isa > *best) continue;
      const auto engine = Engine::Load(options.output, {.max_isa = isa, .tune_file = ""});
      REQUIRE_MESSAGE(engine.ok(), engine.status().ToString());
      auto session = Session::Create(*engine, {.threads = 1});
      REQUIRE(session.ok());
      for (const auto& steps : {std::pair(255, 0),
                                {108, 0},
                                {54, 0},
                                {100, 0},
                                {90, 0},
                                {33, 0},
                                {10, 0},
                                {0, 0},
                                {108, 54},
                                {102, 51},
                                {54, 54},
                                {100, 33},
                                {60, 7},
                                {85, 1},
                                {170, 85}}) {
        const int top = steps.first, below = steps.second;
        INFO(std::string(IsaName(isa)), ", ", top, " steps, ", below, " of them below 0");
        const std::vector<float> x = Image(top, below);
        REQUIRE(session->RunTensor(x, 1).ok());
        const std::vector<double> expected = Sums(x, kernel);
        const auto* got = reinterpret_cast<const float*>(session->Output(0).data());
        double largest = 0, error = 0;
        for (size_t i = 0; i < expected.size(); ++i) {
          largest = std::max(largest, std::abs(expected[i]));
          error = std::max(error, std::abs(static_cast<double>(got[i]) - expected[i]));
        }
        CHECK(error <= 1e-6 * largest);
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::test

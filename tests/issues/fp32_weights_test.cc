// fp32 weights that read a rounded activation were taken for int8 where all but one of a column were less than a thousandth
// of it: they became 0, and no check said a word, as --verify compares an int8 step with the same integers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "converters/cli/convert.h"
#include "converters/int8/quantize_weights.h"
#include "runtime/engine/inspect.h"
#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

using convert::Int8Integers;
using convert::IntegersOf;
using convert::Tensor;

// An outlier of 1 in each column [k, n], the others up to `small`.
std::vector<float> WithOutliers(int64_t k, int64_t n, float small) {
  std::vector<float> w = Numbers(k * n, 7);
  for (float& x : w) x *= small / 2;
  for (int64_t j = 0; j < n; ++j) w[static_cast<size_t>(j * 3 % k * n + j)] = 1;
  return w;
}

bool Taken(int64_t k, int64_t n, const std::vector<float>& w) {
  return IntegersOf(Tensor::FromF32({k, n}, w), 1).has_value();
}

TEST_CASE("fp32 weights are taken for int8 only where every weight is its integer times the scale") {
  for (const float small : {1e-12f, 1e-6f, 1e-4f, 9e-4f, 1.1e-3f, 0.1f, 0.99f}) {
    CAPTURE(small);
    CHECK(!Taken(64, 32, WithOutliers(64, 32, small)));
    std::vector<float> one(64 * 32, small * 0.97123f);  // all small ones alike
    for (size_t j = 0; j < 32; ++j) one[j * 3 % 64 * 32 + j] = 1;
    CHECK(!Taken(64, 32, one));
  }
  // Random matrices: whatever is taken is right to a few roundings of each weight.
  int taken = 0;
  for (uint32_t seed = 1; seed <= 4000; ++seed) {
    const int64_t k = 1 + seed % 5, n = 1 + seed % 2;
    std::vector<float> w = Numbers(k * n, seed);
    for (size_t i = 0; i < w.size(); ++i) {
      const uint32_t kind = (seed / 7 + static_cast<uint32_t>(i)) % 4;
      if (kind == 1) w[i] *= 1e-4f;
      if (kind == 2) w[i] = 0;
      if (kind == 3 && seed % 3 == 0)
        w[i] = std::nearbyint(50 * w[i]) * 0.013f * (1 + static_cast<float>(seed % 2) * 1e-6f);
    }
    const auto found = IntegersOf(Tensor::FromF32({k, n}, w), 1);
    if (!found) continue;
    ++taken;
    for (size_t i = 0; i < w.size(); ++i) {
      const double got = static_cast<double>(found->scale[i % static_cast<size_t>(n)]) * found->values[i];
      CHECK(std::abs(got - static_cast<double>(w[i])) <= 1e-6 * std::abs(static_cast<double>(w[i])));
    }
  }
  CHECK(taken > 100);  // one weight, or one and zeros
}

TEST_CASE("integers times a scale, and times factors of the column, are taken") {
  const int64_t k = 96, n = 40;
  const std::vector<float> numbers = Numbers(k * n, 3), scales = Numbers(n, 4), factors = Numbers(3 * n, 5);
  for (const int folded : {0, 1, 2, 3}) {
    CAPTURE(folded);
    std::vector<int> integers;
    std::vector<float> w;
    for (int64_t i = 0; i < k * n; ++i) {
      const auto j = static_cast<size_t>(i % n);
      integers.push_back(std::clamp(static_cast<int>(numbers[static_cast<size_t>(i)] * 70), -127, 127));
      w.push_back(static_cast<float>(integers.back()) * (std::abs(scales[j]) * 0.01f));
      for (int f = 0; f < folded; ++f) w.back() *= factors[j * 3 + static_cast<size_t>(f)];
    }
    const auto found = IntegersOf(Tensor::FromF32({k, n}, w), 1);
    REQUIRE(found.has_value());
    for (size_t i = 0; i < w.size(); ++i) {
      const double got = static_cast<double>(found->scale[i % static_cast<size_t>(n)]) * found->values[i];
      CHECK(std::abs(got - static_cast<double>(w[i])) <= 4e-7 * std::abs(static_cast<double>(w[i])));
    }
  }
}

TEST_CASE("a layer with fp32 weights behind a rounded activation stays in fp32") {
  for (const bool convolution : {false, true}) {
    CAPTURE(convolution);
    ModelBuilder m(17);
    m.Input("image", {1, 64, 4, 4}).Output("logits");
    m.Floats("s", {}, {1.0f / 32});
    m.Tensor("z", ::onnx::TensorProto::UINT8, {})->add_int32_data(128);
    m.Node("QuantizeLinear", {"image", "s", "z"}, {"q"});
    m.Node("DequantizeLinear", {"q", "s", "z"}, {"x"});
    const std::vector<float> w = WithOutliers(64, 32, 9e-4f);
    if (convolution) {
      std::vector<float> turned;
      for (size_t j = 0; j < 32; ++j) {
        for (size_t i = 0; i < 64; ++i) turned.push_back(w[i * 32 + j]);
      }
      m.Floats("w", {32, 64, 1, 1}, turned);
      m.Node("Conv", {"x", "w"}, {"y"});
    } else {
      m.Floats("w", {64, 32}, w);
      m.Node("Transpose", {"x"}, {"rows"}).Ints("perm", {0, 2, 3, 1});
      m.Node("MatMul", {"rows", "w"}, {"product"});
      m.Node("Transpose", {"product"}, {"y"}).Ints("perm", {0, 3, 1, 2});
    }
    m.Node("GlobalAveragePool", {"y"}, {"mean"});
    m.Node("Flatten", {"mean"}, {"flat"});
    m.Floats("h", {32, 5}, Numbers(160));
    m.Node("MatMul", {"flat", "h"}, {"logits"});
    TempFolder folder;
    convert::ConvertOptions options;
    options.model = m.Write(folder / "model.onnx");
    options.output = folder / "model.plan";
    const auto report = convert::Convert(options);
    REQUIRE_MESSAGE(report.ok(), report.status().ToString());
    REQUIRE(!report->int8_layers.empty());
    CHECK(report->int8_layers.front().kept == "weights that are no int8");
    CHECK(!report->int8_layers.front().as_given);
  }
}

}  // namespace
}  // namespace vitrt::test

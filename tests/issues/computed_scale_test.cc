// x / s * s with a computed s became x, in models of floats, too: an s of 0 made a prediction of what is NaN. (x / s) W became
// (x W) / s, which overflows where the model does not; and where integers of DynamicQuantizeLinear were read as integers,
// their sums were truncated to one less.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

using T = ::onnx::TensorProto;

constexpr int64_t kCount = 48;

TEST_CASE("dividing by a computed scale and multiplying with it is NaN where the scale is 0 or infinite") {
  ModelBuilder m(17);
  m.Input("image", {1, 3, 4, 4}).Output("y");
  m.Node("Relu", {"image"}, {"positive"});
  m.Node("ReduceMax", {"positive"}, {"s"}).Ints("axes", {0, 1, 2, 3}).Int("keepdims", 0);
  m.Node("Div", {"positive", "s"}, {"divided"});
  m.Node("Mul", {"divided", "s"}, {"y"});
  const auto zero = RunModel(m, std::vector<float>(kCount, -1));
  REQUIRE_MESSAGE(zero.ok(), zero.status().ToString());
  CHECK(std::all_of(zero->front().begin(), zero->front().end(), [](double y) { return std::isnan(y); }));
  std::vector<float> image(kCount, 1);
  image[5] = std::numeric_limits<float>::infinity();
  const auto infinite = RunModel(m, image);
  REQUIRE_MESSAGE(infinite.ok(), infinite.status().ToString());
  CHECK(std::all_of(infinite->front().begin(), infinite->front().end(), [](double y) { return std::isnan(y); }));
}

TEST_CASE("a layer of what a computed scale makes small does not overflow") {
  ModelBuilder m(17);
  m.Input("image", {1, 16, 4, 4}).Output("y");
  m.Floats("w", {16, 16, 3, 3}, std::vector<float>(16 * 16 * 9, 1));
  m.Node("Abs", {"image"}, {"positive"});
  m.Node("ReduceMax", {"positive"}, {"s"}).Ints("axes", {0, 1, 2, 3}).Int("keepdims", 0);
  m.Node("Div", {"image", "s"}, {"divided"});
  m.Node("Conv", {"divided", "w"}, {"y"}).Ints("pads", {1, 1, 1, 1});
  const auto y = RunModel(m, std::vector<float>(256, 3e38f));
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  CHECK(*std::max_element(y->front().begin(), y->front().end()) == doctest::Approx(144));
  CHECK(*std::min_element(y->front().begin(), y->front().end()) == doctest::Approx(64));
}

TEST_CASE("integers of DynamicQuantizeLinear and their sums are whole numbers where they are read as such") {
  ModelBuilder m(17);
  m.Input("image", {1, 1, 8, 16}).Output("q").Output("z").Output("sums").Output("floats");
  auto* w = m.Tensor("w", T::INT8, {16, 20});
  for (int i = 0; i < 320; ++i) w->add_int32_data(i * 37 % 255 - 127);
  m.Node("DynamicQuantizeLinear", {"image"}, {"bytes", "s", "zero"});
  m.Node("Cast", {"bytes"}, {"q"}).Int("to", T::INT32);
  m.Node("Cast", {"zero"}, {"z"}).Int("to", T::INT32);
  m.Node("MatMulInteger", {"bytes", "w", "zero"}, {"products"});
  m.Node("Transpose", {"products"}, {"sums"}).Ints("perm", {0, 1, 3, 2});  // integers
  m.Node("Cast", {"sums"}, {"as floats"}).Int("to", T::FLOAT);
  m.Node("Mul", {"as floats", "s"}, {"floats"});
  for (uint32_t seed = 1; seed < 20; ++seed) {
    std::vector<float> image = Numbers(128, seed);
    for (float& x : image) x *= 1 + static_cast<float>(seed) * 0.37f;
    const auto y = RunModel(m, image);
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    const std::vector<double>&q = (*y)[0], &sums = (*y)[2];
    const float low = *std::min_element(image.begin(), image.end()),
                high = *std::max_element(image.begin(), image.end());
    const double scale = static_cast<double>((high - low) / 255);
    for (size_t row = 0; row < 8; ++row) {
      for (size_t j = 0; j < 20; ++j) {
        double sum = 0;
        for (size_t i = 0; i < 16; ++i)
          sum += (q[row * 16 + i] - (*y)[1][0]) * (static_cast<int>(i * 20 + j) * 37 % 255 - 127);
        CHECK(sums[j * 8 + row] == sum);
        CHECK(std::abs((*y)[3][j * 8 + row] - sum * scale) <= 1e-6 * std::abs(sum * scale));
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::test

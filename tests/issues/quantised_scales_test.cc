// Scales and zero points of quantised models that cannot be: they were taken as they came, and a scale of 0 or NaN made
// weights of 0 or NaN without a word.
#include <doctest/doctest.h>

#include <limits>

#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

using T = ::onnx::TensorProto;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();

// y = x w, x [1, 1, 1, 4], w int8 [4, 3] with `scales` along axis 1 and, where there are any, `zeros`.
ModelBuilder Model(const std::vector<float>& scales, const std::vector<int>& zeros = {}) {
  ModelBuilder m(17);
  m.Input("x", {1, 1, 1, 4}).Output("y");
  auto* w = m.Tensor("w", T::INT8, {4, 3});
  for (int i = 0; i < 12; ++i) w->add_int32_data(i - 6);
  m.Floats("s", {static_cast<int64_t>(scales.size())}, scales);
  std::vector<std::string> inputs = {"w", "s"};
  if (!zeros.empty()) {
    auto* z = m.Tensor("z", T::INT8, {static_cast<int64_t>(zeros.size())});
    for (int zero : zeros) z->add_int32_data(zero);
    inputs.push_back("z");
  }
  m.Node("DequantizeLinear", inputs, {"float"}).Name("weights").Int("axis", 1);
  m.Node("MatMul", {"x", "float"}, {"y"});
  return m;
}

TEST_CASE("scales that no quantisation has are refused, with the node") {
  const struct {
    const char* title;
    std::vector<float> scales;
    std::vector<int> zeros;
    const char* message;
  } cases[] = {{"too few", {1, 2}, {}, "the scale has 2 elements, axis 1 of x [4, 3] has 3"},
               {"too many", {1, 2, 3, 4}, {}, "the scale has 4 elements, axis 1 of x [4, 3] has 3"},
               {"too few zero points", {1, 2, 3}, {0, 0}, "the zero point has 2 elements, axis 1 of x [4, 3] has 3"},
               {"0", {1, 0, 3}, {}, "scale 1 is 0"},
               {"negative", {1, 2, -3}, {}, "scale 2 is -3"},
               {"NaN", {kNaN, 2, 3}, {}, "scale 0 is nan"},
               {"infinite", {1, kInfinity, 3}, {}, "scale 1 is inf"},
               {"one for all, 0", {0}, {}, "scale 0 is 0"}};
  for (const auto& c : cases) {
    CAPTURE(c.title);
    const Status status = RunModel(Model(c.scales, c.zeros), {1, 2, 3, 4}).status();
    CHECK(status.code() == StatusCode::kBadPlan);
    CHECK_MESSAGE(status.what().find(c.message) != std::string::npos, status.ToString());
    CHECK_MESSAGE(status.where().find("weights") != std::string::npos, status.ToString());
  }
}

TEST_CASE("scales for each column are those of the columns") {
  const auto y = RunModel(Model({1, 2, 0.5f}, {0, 1, -1}), {1, 2, 3, 4});
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  std::vector<double> expected;
  for (int j = 0; j < 3; ++j) {
    double sum = 0;
    for (int k = 0; k < 4; ++k) sum += (k + 1) * (3 * k + j - 6 - std::vector<int>{0, 1, -1}[static_cast<size_t>(j)]);
    expected.push_back(sum * std::vector<double>{1, 2, 0.5}[static_cast<size_t>(j)]);
  }
  CHECK(y->front() == expected);
}

}  // namespace
}  // namespace vitrt::test

// BatchNormalization in training mode over weights, as PyTorch exports weight standardization (Qiao et al. 2019), was
// refused (weight_standardisation).
#include <doctest/doctest.h>

#include <cmath>

#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

// w [n, c, run] normalized per channel, scaled by gamma and shifted by beta.
std::vector<double> Normalized(const std::vector<float>& w, size_t c, size_t run, double epsilon, double gamma,
                               double beta) {
  std::vector<double> y(w.size());
  for (size_t channel = 0; channel < c; ++channel) {
    double sum = 0, squares = 0, count = 0;
    for (size_t i = 0; i < w.size(); ++i) {
      if (i / run % c == channel) sum += double{w[i]}, ++count;
    }
    for (size_t i = 0; i < w.size(); ++i) {
      if (i / run % c == channel) squares += (w[i] - sum / count) * (w[i] - sum / count);
    }
    for (size_t i = 0; i < w.size(); ++i) {
      if (i / run % c == channel) y[i] = (w[i] - sum / count) / std::sqrt(squares / count + epsilon) * gamma + beta;
    }
  }
  return y;
}

// y = x + BatchNormalization(w); w [n, 3, run].
void Build(ModelBuilder& m, const std::vector<int64_t>& shape, const std::vector<float>& w, bool in_training) {
  m.Input("x", {1, 1, 1, 1}).Output("y").Floats("w", shape, w);
  m.Floats("gamma", {3}, {0.5f, 0.5f, 0.5f}).Floats("beta", {3}, {0.25f, 0.25f, 0.25f});
  m.Floats("mean", {3}, {9, 9, 9}).Floats("var", {3}, {4, 4, 4});
  auto node = m.Node("BatchNormalization", {"w", "gamma", "beta", "mean", "var"}, {"normalized", "m2", "v2"});
  node.Float("epsilon", 1e-3f);
  if (in_training) node.Int("training_mode", 1);
  m.Node("Add", {"x", "normalized"}, {"y"});
}

TEST_CASE("training-mode BatchNormalization of a constant is a constant") {
  struct Case {
    const char* title;
    int64_t opset;
    std::vector<int64_t> shape;
    size_t run;
  };
  const Case cases[] = {{"a weight as [1, out, in * taps]", 17, {1, 3, 8}, 8},
                        {"four dims", 17, {1, 3, 2, 4}, 8},
                        {"a batch of several", 15, {4, 3, 2}, 2},
                        {"no axis but the channels'", 14, {8, 3}, 1}};
  for (const Case& c : cases) {
    CAPTURE(c.title);
    const std::vector<float> w = Numbers(24);
    ModelBuilder m(c.opset);
    Build(m, c.shape, w, true);
    const auto y = RunModel(m, {0});
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    const std::vector<double> expected = Normalized(w, 3, c.run, 1e-3, 0.5, 0.25);
    REQUIRE(y->front().size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) CHECK(y->front()[i] == doctest::Approx(expected[i]).epsilon(1e-5));
  }
}

TEST_CASE("before opset 14 the outputs say that it is training mode") {
  ModelBuilder m(9);
  const std::vector<float> w = Numbers(24);
  Build(m, {1, 3, 8}, w, false);
  const auto y = RunModel(m, {0});
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  const std::vector<double> expected = Normalized(w, 3, 8, 1e-3, 0.5, 0.25);
  for (size_t i = 0; i < expected.size(); ++i) CHECK(y->front()[i] == doctest::Approx(expected[i]).epsilon(1e-5));
}

TEST_CASE("training-mode BatchNormalization of the image is refused, and says what to export") {
  ModelBuilder m(17);
  m.Input("x", {1, 3, 2, 2}).Output("y").Floats("v", {3}, {1, 1, 1});
  m.Node("BatchNormalization", {"x", "v", "v", "v", "v"}, {"y", "m2", "v2"}).Int("training_mode", 1);
  const Status status = RunModel(m, Numbers(12)).status();
  CHECK(status.code() == StatusCode::kUnsupported);
  CHECK_MESSAGE(status.what().find("model.eval()") != std::string::npos, status.ToString());
}

TEST_CASE("running statistics that something reads are refused by name") {
  ModelBuilder m(17);
  Build(m, {1, 3, 8}, Numbers(24), true);
  m.Output("m2");
  const Status status = RunModel(m, {0}).status();
  CHECK(status.code() == StatusCode::kUnsupported);
  CHECK_MESSAGE(status.what().find("output 1 of BatchNormalization") != std::string::npos, status.ToString());
}

}  // namespace
}  // namespace vitrt::test

// Steps against their references: sums that nearly cancel are judged by what was added up, and wrong steps are found there,
// too. It was the result alone, and right plans were refused.
#include "converters/verify_steps.h"

#include <algorithm>

#include "converters/exits/exits.h"
#include "converters/int8/quantize_weights.h"
#include "converters/plan_writer.h"
#include "converters/schedule/segments.h"
#include "converters/summed_size.h"
#include "runtime/plan/writer.h"
#include "tests/passes/equivalence.h"
#include "tests/plan/test_plan.h"

namespace vitrt::convert::test {
namespace {

constexpr int64_t kK = 96, kN = 24;

// Random [k, n]; cancelling: each column less its mean, so that equal inputs cancel.
Tensor Weights(bool cancelling, int64_t k = kK, int64_t n = kN) {
  const Tensor random = Random({k, n}, 3);
  std::vector<float> w(random.f32(), random.f32() + k * n);
  for (int64_t j = 0; cancelling && j < n; ++j) {
    double mean = 0;
    for (int64_t i = 0; i < k; ++i)
      mean += static_cast<double>(w[static_cast<size_t>(i * n + j)]) / static_cast<double>(k);
    for (int64_t i = 0; i < k; ++i) w[static_cast<size_t>(i * n + j)] -= static_cast<float>(mean);
  }
  return Tensor::FromF32({k, n}, w);
}

// The weights of the first input times `factor`.
Tensor WithFirst(const Tensor& w, float factor) {
  std::vector<float> values(w.f32(), w.f32() + w.size());
  for (int64_t j = 0; j < w.shape.back(); ++j) values[static_cast<size_t>(j)] *= factor;
  return Tensor::FromF32(w.shape, values);
}

// x [1, 2, 2, k], all of it `value`, and what is made of it and a weight.
struct StepCase {
  const char* title;
  float value;
  std::function<void(Builder&, const Tensor& weight)> build;
  Tensor weight;
};

Graph GraphOf(const StepCase& c, const Tensor& weight) {
  Builder b({1, 2, 2, kK});
  b.graph.input_channels_last = true;
  c.build(b, weight);
  b.Output(b.graph.nodes.back()->outputs[0]);
  return std::move(b.graph);
}

// Of the plan of the case's graph against one with `weight`.
StepError Verified(const StepCase& c, const Tensor& weight) {
  Graph graph = GraphOf(c, c.weight);
  PlanOptions options;
  options.exits = ExitChoice::OutputsOnly(graph);
  OrderBySegments(&graph, &options.exits);
  const auto bytes = BuildPlan(graph, options);
  REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
  const std::string path = vitrt::test::TemporaryPath("verify_steps.plan");
  REQUIRE(plan::WritePlanFile(bytes->tables, bytes->weights, "test", path).ok());
  const Tensor x = Tensor::FromF32({1, 2, 2, kK}, std::vector<float>(static_cast<size_t>(4 * kK), c.value));
  const auto errors = VerifySteps(path, GraphOf(c, weight), bytes->nodes, x, 1);
  REQUIRE_MESSAGE(errors.ok(), errors.status().ToString());
  REQUIRE(errors->size() == 1);
  return errors->front();
}

TEST_CASE("a right step passes and a wrong one does not, whether its sums cancel or not") {
  const auto linear = [](Builder& b, const Tensor& w) {
    b.Add(plan::LinearT{}, {b.input(), b.graph.AddConstant("w", w), kNoValue});
  };
  const auto biased = [](Builder& b, const Tensor& w) {
    plan::LinearT op;
    op.act = std::make_unique<plan::Activation>(plan::UnaryFn::Relu, 0.0f, 0.0f);
    b.Add(std::move(op), {b.input(), b.graph.AddConstant("w", w), b.Weight({kN})});
  };
  const auto product = [](Builder& b, const Tensor& w) {
    b.Add(plan::MatMulT{}, {b.input(), b.graph.AddConstant("w", w)});
  };
  const StepCase cases[] = {
      {"a linear layer that cancels", 1.37f, linear, Weights(true)},
      {"a linear layer of large numbers that cancels", 1.37e20f, linear, Weights(true)},
      {"a linear layer", 1.37f, linear, Weights(false)},
      {"a linear layer with bias and ReLU", 1.37f, biased, Weights(false)},
      {"a product that cancels", 0.77f, product, Weights(true)},
      {"a product", 0.77f, product, Weights(false)},
  };
  for (const StepCase& c : cases) {
    INFO(std::string(c.title));
    const StepError right = Verified(c, c.weight);
    CHECK(right.error <= right.tolerance);
    const StepError wrong = Verified(c, WithFirst(c.weight, 1.1f));
    CHECK(wrong.error > wrong.tolerance);
    CHECK(Verified(c, WithFirst(c.weight, -1)).error > wrong.tolerance);
  }
}

TEST_CASE("where nothing cancels the tolerance is that of the result") {
  const auto linear = [](Builder& b, const Tensor& w) {
    b.Add(plan::LinearT{}, {b.input(), b.graph.AddConstant("w", w), kNoValue});
  };
  const Tensor ones = Tensor::FromF32({kK, kN}, std::vector<float>(static_cast<size_t>(kK * kN), 0.5f));
  const StepCase c{"", 2, linear, ones};
  // Of 96 equal products, one that is 1.2 % too large moves the sum by 1.25e-4.
  CHECK(Verified(c, WithFirst(ones, 1.012f)).error == doctest::Approx(1.25e-4).epsilon(0.01));
  CHECK(Verified(c, WithFirst(ones, 1.009f)).error < 1e-4);
}

TEST_CASE("LayerNorm of equal numbers") {
  const auto norm = [](Builder& b, const Tensor&) {
    plan::LayerNormT op;
    op.epsilon = 1e-12f;
    b.Add(op, {b.input(), kNoValue, kNoValue});
  };
  for (const float value : {1.1f, 1234.567f, 3.3e7f}) {
    CAPTURE(value);
    const StepCase c{"", value, norm, {}};
    const StepError error = Verified(c, {});
    CHECK(error.error <= error.tolerance);
  }
}

double SizeOf(const plan::OpUnion& op, const std::vector<std::optional<Tensor>>& inputs, Shape y) {
  return SummedSize(op, inputs, {{plan::DType::F32, std::move(y)}});
}

template <typename OpT>
plan::OpUnion Union(OpT op) {
  plan::OpUnion u;
  u.Set(std::move(op));
  return u;
}

TEST_CASE("what a step adds up") {
  const Tensor x = Tensor::FromF32({1, 2}, {3, -4}), w = Tensor::FromF32({2, 1}, {-4, -3});
  const Tensor bias = Tensor::FromF32({1}, {-5}), residual = Tensor::FromF32({1, 1}, {-7});
  plan::LinearT linear;
  linear.act = std::make_unique<plan::Activation>(plan::UnaryFn::Sigmoid, 0.0f, 0.0f);
  CHECK(SizeOf(Union(linear), {x, w}, {1, 1}) == 24);
  CHECK(SizeOf(Union(linear), {x, w, bias, std::nullopt, residual}, {1, 1}) == 36);
  CHECK(SizeOf(Union(plan::MatMulT{}), {x, w}, {1, 1}) == 24);
  CHECK(SizeOf(Union(ops::Reduce(plan::ReduceFn::Sum, {1}, false)), {x}, {1}) == 7);
  CHECK(SizeOf(Union(ops::Reduce(plan::ReduceFn::Mean, {1}, false)), {x}, {1}) == 3.5);
  CHECK(SizeOf(Union(ops::Reduce(plan::ReduceFn::Max, {1}, false)), {x}, {1}) == 0);
  CHECK(SizeOf(Union(ops::Binary(plan::BinaryFn::Add)), {x, x}, {1, 2}) == 0);  // one rounding, of the result
  CHECK(SizeOf(Union(ops::Unary(plan::UnaryFn::Exp)), {x}, {1, 2}) == 0);
  plan::Conv2dT conv;
  conv.kernel = {1, 1}, conv.strides = {1, 1}, conv.dilations = {1, 1}, conv.pads = {0, 0, 0, 0};
  conv.groups = 1, conv.channels_last = true;
  CHECK(SizeOf(Union(conv), {Tensor::FromF32({1, 1, 1, 2}, {3, -4}), Tensor::FromF32({1, 1, 2, 1}, {-4, -3}), bias},
               {1, 1, 1, 1}) == 29);
}

TEST_CASE("what an int8 layer adds up: its exact sums are one term") {
  const Tensor x = Tensor::FromF32({1, 16}, std::vector<float>(16, 1));
  std::vector<float> values(16 * 16);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i / 16 % 2 == 0 ? 3.0f : -2.0f;  // sums of 8
  const auto integers = IntegersOf(Tensor::FromF32({16, 16}, values), 1);
  REQUIRE(integers.has_value());
  const Int8Weights weights = PackInt8(*integers);
  const Tensor bias = Tensor::FromF32({16}, std::vector<float>(16, -8));
  const double size = SizeOf(
      Union(plan::LinearI8T{}),
      {x, weights.weight, bias, std::nullopt, std::nullopt, weights.scale, weights.column_sums, weights.runs}, {1, 16});
  CHECK(size == doctest::Approx(16).epsilon(0.01));
}

}  // namespace
}  // namespace vitrt::convert::test

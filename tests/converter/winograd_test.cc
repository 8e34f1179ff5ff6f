// Which convolutions get weights for Winograd's algorithm, how exact they are, and what the plan's sums are then.
#include "converters/winograd.h"

#include <algorithm>

#include "converters/exits/exits.h"
#include "converters/graph/ops.h"
#include "converters/plan_writer.h"
#include "converters/schedule/segments.h"
#include "converters/verify_steps.h"
#include "runtime/plan/writer.h"
#include "tests/passes/equivalence.h"
#include "tests/plan/test_plan.h"

namespace vitrt::convert::test {
namespace {

struct ConvCase {
  const char* what;
  int64_t size, cin, cout;
  int tile;
  int32_t kernel = 3, stride = 1, dilation = 1, groups = 1;
};

// A convolution of a channels-last image, padded by 1; its mean and a layer make it a classifier.
Graph GraphOf(const ConvCase& c, const Tensor& weight) {
  Builder b({1, c.size, c.size, c.cin});
  b.graph.input_channels_last = true;
  plan::Conv2dT op;
  op.kernel = {c.kernel, c.kernel}, op.strides = {c.stride, c.stride}, op.dilations = {c.dilation, c.dilation};
  op.pads = {1, 1, 1, 1}, op.groups = c.groups;
  op.act = std::make_unique<plan::Activation>(plan::UnaryFn::Relu, 0.0f, 0.0f);
  const ValueId bias = b.graph.AddConstant("bias", Random({c.cout}, 8));
  const auto y = b.graph.Append(op, {b.input(), b.graph.AddConstant("weight", weight), bias}, "layer");
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  b.graph.outputs = {{"classes", b.Linear(b.Mean(*y, {1, 2}, false), 5)}};
  return std::move(b.graph);
}

Graph GraphOf(const ConvCase& c) { return GraphOf(c, Random({c.kernel, c.kernel, c.cin / c.groups, c.cout}, 7)); }

TEST_CASE("tiles go to dense 3x3 convolutions that are large enough") {
  const ConvCase cases[] = {
      {"16 tiles of 4", 13, 32, 32, 4},
      {"fewer tiles of 4, but 16 of 2", 12, 32, 32, 2},
      {"16 tiles of 2", 7, 32, 48, 2},
      {"fewer tiles of 2", 6, 32, 32, 0},
      {"few channels in", 28, 23, 24, 0},
      {"few channels out", 28, 24, 23, 0},
      {"just enough channels", 28, 24, 24, 4},
      {"a stride of 2", 28, 32, 32, 0, 3, 2},
      {"a dilation of 2", 28, 32, 32, 0, 3, 1, 2},
      {"groups", 28, 64, 64, 0, 3, 1, 1, 2},
      {"a kernel of 5", 28, 32, 32, 0, 5},
      {"a kernel of 1", 28, 32, 32, 0, 1},
  };
  for (const ConvCase& c : cases) {
    INFO(std::string(c.what));
    Graph graph = GraphOf(c);
    const std::vector<WinogradLayer> layers = AddWinograd(&graph);
    CHECK(layers.size() == (c.tile == 0 ? 0 : 1));
    CHECK(graph.nodes[0]->op.AsConv2d()->winograd == c.tile);
    CHECK(graph.nodes[0]->inputs.size() == (c.tile == 0 ? 3 : 6));
    const Status status = CheckGraph(graph);
    CHECK_MESSAGE(status.ok(), status.ToString());
    if (layers.empty()) continue;
    CHECK(layers[0].name == "layer");
    CHECK(layers[0].tile == c.tile);
    CHECK(layers[0].error > 0);
    CHECK(layers[0].error < 0.5);  // of a usual layer: far from what is tolerated
    CHECK(static_cast<float>(layers[0].error) == graph.nodes[0]->op.AsConv2d()->winograd_error);
  }
}

TEST_CASE("a large weight that some sums have no part of leaves the direct weights alone, or smaller tiles") {
  const ConvCase c{"", 28, 32, 32, 0};
  for (int64_t tap = 0; tap < 9; ++tap) {
    for (const float factor : {1.0f, 10.0f, 1000.0f}) {
      INFO("tap ", tap, " times ", factor);
      const Tensor plain = Random({3, 3, 32, 32}, 7);
      MutableTensor weight(plan::DType::F32, plain.shape);
      for (int64_t i = 0; i < 9 * 32 * 32; ++i)
        weight.data<float>()[i] = plain.f32()[i] * (i / (32 * 32) == tap ? factor : 1);
      Graph graph = GraphOf(c, std::move(weight).Freeze());
      const auto layers = AddWinograd(&graph);
      CHECK(layers.empty() == (factor == 1000.0f));
    }
  }
}

TEST_CASE("a model that rounds anywhere keeps its direct sums") {
  const auto add = [](Graph graph, const auto& op, plan::DType type) {
    const ValueId logits = graph.outputs[0].value;
    const std::optional<ValueType> declared(ValueType{type, graph.value(logits).shape});
    const ValueId y = *graph.Append(op, {logits}, "rounds", type == plan::DType::F32 ? std::nullopt : declared);
    graph.outputs.push_back({"rounded", y});
    return graph;
  };
  const ConvCase c{"", 28, 32, 32, 0};
  for (const plan::UnaryFn fn :
       {plan::UnaryFn::Round, plan::UnaryFn::Floor, plan::UnaryFn::Ceil, plan::UnaryFn::Sign}) {
    Graph graph = add(GraphOf(c), ops::Unary(fn), plan::DType::F32);
    CHECK(AddWinograd(&graph).empty());
  }
  Graph fake = add(GraphOf(c), ops::Unary(plan::UnaryFn::FakeQuantize, 0.5f, -128), plan::DType::F32);
  CHECK(AddWinograd(&fake).empty());
  Graph dynamic = add(GraphOf(c), plan::DynamicFakeQuantizeT(), plan::DType::F32);
  CHECK(AddWinograd(&dynamic).empty());
  Graph cast = add(GraphOf(c), plan::CastT(), plan::DType::I32);
  CHECK(AddWinograd(&cast).empty());
  Graph smooth = add(GraphOf(c), ops::Unary(plan::UnaryFn::Tanh), plan::DType::F32);
  CHECK(AddWinograd(&smooth).size() == 1);
}

TEST_CASE("a layer whose sums would be less exact than fp32's keeps its direct weights only") {
  const ConvCase c{"", 28, 32, 32, 0};
  MutableTensor weight(plan::DType::F32, {3, 3, 32, 32});
  weight.data<float>()[0] = 1;  // one tap: the direct sum is exact, and no other product adds to what is tolerated
  Graph graph = GraphOf(c, std::move(weight).Freeze());
  const auto layers = AddWinograd(&graph);
  CHECK((layers.empty() || layers[0].error <= 1));
  MutableTensor nan(plan::DType::F32, {3, 3, 32, 32});
  nan.data<float>()[5] = std::numeric_limits<float>::quiet_NaN();
  Graph broken = GraphOf(c, std::move(nan).Freeze());
  CHECK(AddWinograd(&broken).empty());
  Graph zeros = GraphOf(c, Tensor::Zeros(plan::DType::F32, {3, 3, 32, 32}));
  const auto exact = AddWinograd(&zeros);
  REQUIRE(exact.size() == 1);
  CHECK(exact[0].error == 0);
}

TEST_CASE("a plan with tiles computes what its steps say, and holds both kinds of weights") {
  for (const ConvCase& c : {ConvCase{"", 13, 32, 40, 4}, ConvCase{"", 9, 40, 32, 2}}) {
    INFO("tile ", c.tile);
    Graph graph = GraphOf(c);
    PlanOptions options;
    options.exits = *ChooseExits(graph, {});
    const auto direct = [&] {
      Graph plain = GraphOf(c);
      PlanOptions plain_options;
      plain_options.exits = *ChooseExits(plain, {});
      OrderBySegments(&plain, &plain_options.exits);
      return BuildPlan(plain, plain_options);
    }();
    REQUIRE(direct.ok());
    const std::vector<WinogradLayer> layers = AddWinograd(&graph);
    REQUIRE(layers.size() == 1);
    OrderBySegments(&graph, &options.exits);
    const auto bytes = BuildPlan(graph, options);
    REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
    CHECK(bytes->weights.size() == direct->weights.size() + layers[0].bytes);
    const std::string path = vitrt::test::TemporaryPath("winograd.plan");
    REQUIRE(plan::WritePlanFile(bytes->tables, bytes->weights, "test", path).ok());
    const auto errors = VerifySteps(path, graph, bytes->nodes, Random({1, c.size, c.size, c.cin}, 9), 1);
    REQUIRE_MESSAGE(errors.ok(), errors.status().ToString());
    for (const StepError& error : *errors) CHECK(error.error <= 1e-5);
  }
}

}  // namespace
}  // namespace vitrt::convert::test

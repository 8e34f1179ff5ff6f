// Inputs balanced against weights: the same function to the last bit, less expected error, and only where it is exact.
#include "converters/int8/balance_inputs.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

constexpr int64_t kK = 16;

// Channel 3 is 64 times as large as the others.
InputStatistics Outlier(int64_t k = kK) {
  InputStatistics x;
  Quantised row;
  for (int64_t c = 0; c < k; ++c) {
    const double largest = c == 3 ? 64 : 1;
    x.mean.push_back(largest / 8);
    x.square.push_back(largest * largest / 3);
    x.largest.push_back(largest);
    row.low.push_back(static_cast<float>(c % 2 == 0 ? -largest : largest));
  }
  row.high = row.low;
  x.samples = {row, row};
  return x;
}

bool SameBits(const Tensor& a, const Tensor& b) {
  return a.shape == b.shape && std::memcmp(a.f32(), b.f32(), static_cast<size_t>(a.size()) * sizeof(float)) == 0;
}

struct Balanced {
  std::set<const Node*> layers;
  StatisticsByName inputs;
};

// Balances for the layers of these names; the outputs keep their bits.
Balanced Balance(Builder* b, const std::vector<std::string>& measured) {
  REQUIRE(CheckGraph(b->graph).ok());
  const Tensor x = Random(b->graph.value(b->graph.input).shape, 99);
  const auto expected = EvaluateGraph(b->graph, x);
  REQUIRE_MESSAGE(expected.ok(), expected.status().ToString());
  Balanced result;
  std::set<const Node*> quantised;
  for (const auto& node : b->graph.nodes) {
    if (std::find(measured.begin(), measured.end(), node->name) == measured.end()) continue;
    quantised.insert(node.get());
    result.inputs[node->name] = Outlier(b->graph.value(node->inputs[0]).shape.back());
  }
  REQUIRE(quantised.size() == measured.size());
  result.layers = BalanceInputs(&b->graph, quantised, &result.inputs);
  const Status status = CheckGraph(b->graph);
  REQUIRE_MESSAGE(status.ok(), status.ToString());
  const auto outputs = EvaluateGraph(b->graph, x);
  REQUIRE_MESSAGE(outputs.ok(), outputs.status().ToString());
  for (size_t i = 0; i < outputs->size(); ++i) CHECK(SameBits((*outputs)[i], (*expected)[i]));
  return result;
}

const Node& NodeNamed(const Graph& graph, const std::string& name) {
  for (const auto& node : graph.nodes) {
    if (node->name == name) return *node;
  }
  FAIL("no node ", name);
  return *graph.nodes[0];
}

TEST_CASE("balancing: a LayerNorm in front of two layers takes the outlier into their weights") {
  for (const bool affine : {false, true}) {
    CAPTURE(affine);
    Builder b({1, 5, kK});
    const ValueId norm =
        b.Add(plan::LayerNormT{}, {b.input(), affine ? b.Weight({kK}) : kNoValue, affine ? b.Weight({kK}) : kNoValue});
    b.Output(b.Linear(norm, 24));  // node 1
    b.Output(b.Linear(norm, 20));  // node 2, stays fp32
    const Tensor before = b.graph.constant(b.graph.nodes[1]->inputs[1]);
    const Balanced balanced = Balance(&b, {"node 1"});
    CHECK(balanced.layers.size() == 1);
    const Tensor& weight = b.graph.constant(b.graph.nodes[1]->inputs[1]);
    const InputStatistics& x = balanced.inputs.at("node 1");
    for (int64_t c = 0; c < kK; ++c) {
      const float factor = weight.f32()[c * 24] / before.f32()[c * 24];
      int exponent = 0;
      CHECK(std::frexp(factor, &exponent) == 0.5f);  // a power of two
      const auto at = static_cast<size_t>(c);
      CHECK(x.largest[at] * static_cast<double>(factor) == (c == 3 ? 64 : 1));
      CHECK(x.square[at] * static_cast<double>(factor) * static_cast<double>(factor) ==
            doctest::Approx((c == 3 ? 4096 : 1) / 3.0));
    }
    CHECK(x.largest[3] <= 16);
    CHECK(std::abs(x.samples[1].high[3]) <= 16);
  }
}

TEST_CASE("balancing: layers in front, with ReLU and without, V behind an attention, and grouped convolutions") {
  {
    Builder b({1, 5, kK});
    plan::LinearT relu;
    relu.act = std::make_unique<plan::Activation>(plan::UnaryFn::Relu, 0.0f, 0.0f);
    const ValueId x = b.Add(std::move(relu), {b.input(), b.Weight({kK, kK}), b.Weight({kK}), b.Weight({5, kK})});
    b.Output(b.Linear(x, 24));
    CHECK(Balance(&b, {"node 1"}).layers.size() == 1);
  }
  {
    Builder b({1, 5, kK});
    const ValueId qkv = b.Linear(b.input(), 3 * kK);
    plan::AttentionT attention;
    attention.heads = 2;
    attention.head_dim = attention.value_dim = attention.q_head_stride = attention.k_head_stride =
        attention.v_head_stride = kK / 2;
    attention.k_column = kK;
    attention.v_column = 2 * kK;
    attention.scale = 0.3f;
    b.Output(b.Linear(b.Add(attention, {qkv, qkv, qkv, kNoValue}), 24));
    const Tensor before = b.graph.constant(b.graph.nodes[0]->inputs[1]);
    CHECK(Balance(&b, {"node 2"}).layers.size() == 1);
    const Tensor& after = b.graph.constant(b.graph.nodes[0]->inputs[1]);
    for (int64_t c = 0; c < 2 * kK; ++c) CHECK(after.f32()[c] == before.f32()[c]);
    CHECK(std::abs(after.f32()[2 * kK + 3]) < std::abs(before.f32()[2 * kK + 3]));
  }
  {
    Builder b({1, 6, 6, 8});
    const auto conv = [&](ValueId x, int64_t cout, int32_t groups) {
      plan::Conv2dT op;
      op.kernel = {3, 3}, op.strides = {1, 1}, op.dilations = {1, 1}, op.pads = {1, 1, 1, 1};
      op.groups = groups;
      op.channels_last = true;
      op.act = std::make_unique<plan::Activation>(plan::UnaryFn::Relu, 0.0f, 0.0f);
      return b.Add(std::move(op),
                   {x, b.Weight({3, 3, b.graph.value(x).shape.back() / groups, cout}), b.Weight({cout})});
    };
    b.Output(conv(conv(b.input(), 16, 1), 32, 2));
    CHECK(Balance(&b, {"node 1"}).layers.size() == 1);
  }
}

TEST_CASE("balancing: nothing where another reader sees the value, a function is in between, or nothing is gained") {
  const auto unchanged = [](Builder* b, const std::vector<std::string>& measured) {
    const Tensor before = b->graph.constant(NodeNamed(b->graph, measured[0]).inputs[1]);
    CHECK(Balance(b, measured).layers.empty());
    CHECK(SameBits(b->graph.constant(NodeNamed(b->graph, measured[0]).inputs[1]), before));
  };
  {
    Builder b({1, 5, kK});  // the normalised value is an output
    const ValueId norm = b.Add(plan::LayerNormT{}, {b.input(), kNoValue, kNoValue});
    b.Output(b.Linear(norm, 24));
    b.Output(norm);
    unchanged(&b, {"node 1"});
  }
  {
    Builder b({1, 5, kK});  // it is a residual, too
    const ValueId norm = b.Add(plan::LayerNormT{}, {b.input(), kNoValue, kNoValue});
    b.Output(b.Add(plan::LinearT{}, {norm, b.Weight({kK, kK}), kNoValue, kNoValue, norm}));
    unchanged(&b, {"node 1"});
  }
  {
    Builder b({1, 5, kK});  // GELU of the half is not the half of GELU
    plan::LinearT gelu;
    gelu.act = std::make_unique<plan::Activation>(plan::UnaryFn::GeluErf, 0.0f, 0.0f);
    b.Output(b.Linear(b.Add(std::move(gelu), {b.input(), b.Weight({kK, kK}), b.Weight({kK})}), 24));
    unchanged(&b, {"node 1"});
  }
  {
    Builder b({1, 5, kK});  // a residual is added behind
    b.Output(b.Linear(b.Add(plan::LinearT{}, {b.input(), b.Weight({kK, kK}), kNoValue, kNoValue, b.input()}), 24));
    unchanged(&b, {"node 1"});
  }
  {
    Builder b({1, 5, kK});  // the image itself
    b.Output(b.Linear(b.input(), 24));
    unchanged(&b, {"node 0"});
  }
  {
    Builder b({1, 5, kK});  // all channels alike
    const ValueId norm = b.Add(plan::LayerNormT{}, {b.input(), kNoValue, kNoValue});
    b.Output(b.Linear(norm, 24));
    StatisticsByName inputs;
    InputStatistics& x = inputs["node 1"] = Outlier();
    x.largest[3] = 1, x.square[3] = 1.0 / 3, x.mean[3] = 1.0 / 8;
    for (Quantised& sample : x.samples) sample.low[3] = sample.high[3] = 1;
    CHECK(BalanceInputs(&b.graph, {b.graph.nodes[1].get()}, &inputs).empty());
  }
}

}  // namespace
}  // namespace vitrt::convert::test

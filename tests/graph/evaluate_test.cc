// Hand-computed cases of the reference evaluator; the ONNX node tests (tests/onnx) check the same code far more widely.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "converters/graph/graph.h"
#include "converters/graph/ops.h"
#include "runtime/plan/op_types.h"

namespace vitrt::convert {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

template <typename OpT>
std::vector<double> Evaluate(OpT op, const std::vector<std::optional<Tensor>>& inputs,
                             const std::optional<ValueType>& declared = {}, size_t output = 0) {
  plan::OpUnion u;
  u.Set(std::move(op));
  std::vector<std::optional<ValueType>> types;
  types.reserve(inputs.size());
  for (const auto& input : inputs) types.push_back(input ? std::optional(input->type()) : std::nullopt);
  const auto outputs = plan::InferOpTypes(u, types, declared);
  REQUIRE_MESSAGE(outputs.ok(), outputs.status().ToString());
  const auto results = EvaluateNode(u, inputs, *outputs);
  REQUIRE_MESSAGE(results.ok(), results.status().ToString());
  CHECK((*results)[output].type() == (*outputs)[output]);
  return ToF64Vector((*results)[output]);
}

Tensor F(Shape shape, const std::vector<float>& values) { return Tensor::FromF32(std::move(shape), values); }
Tensor I(Shape shape, const std::vector<int64_t>& values) { return Tensor::FromI64(std::move(shape), values); }

void CheckClose(const std::vector<double>& actual, const std::vector<double>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    INFO("element ", i);
    CHECK(actual[i] == doctest::Approx(expected[i]).epsilon(1e-6));
  }
}

TEST_SUITE("converters/graph") {
  TEST_CASE("activations at points known from their definitions") {
    struct Case {
      plan::UnaryFn fn;
      float alpha, beta, x;
      double y;
    };
    using enum plan::UnaryFn;
    const Case cases[] = {
        {Relu, 0, 0, -2, 0},
        {LeakyRelu, 0.1f, 0, -2, -0.2},
        {Elu, 2, 0, -1, 2 * (std::exp(-1.0) - 1)},
        {GeluErf, 0, 0, 1, 0.8413447460685429},
        {GeluTanh, 0, 0, 1, 0.8411919906082768},
        {Sigmoid, 0, 0, 0, 0.5},
        {HardSigmoid, 0.2f, 0.5f, 1, 0.7},
        {HardSwish, 0, 0, 1, 2.0 / 3},
        {HardSwish, 0, 0, 4, 4},
        {Silu, 1, 0, 1, 0.7310585786300049},
        {Clip, -1, 1, 5, 1},
        {Round, 0, 0, 2.5f, 2},
        {Round, 0, 0, 3.5f, 4},
        {Sign, 0, 0, -3, -1},
        {Softplus, 0, 0, 0, std::log(2.0)},
        {Softplus, 0, 0, 200, 200},
        {Mish, 0, 0, 0, 0},
        {Softsign, 0, 0, -1, -0.5},
        {ThresholdedRelu, 1, 0, 0.5f, 0},
        {Celu, 2, 0, -1, 2 * (std::exp(-0.5) - 1)},
        {Reciprocal, 0, 0, 4, 0.25},
    };
    for (const Case& c : cases) {
      INFO(plan::EnumNameUnaryFn(c.fn), " of ", c.x);
      CheckClose(Evaluate(ops::Unary(c.fn, c.alpha, c.beta), {F({1}, {c.x})}), {c.y});
    }
  }

  TEST_CASE("integers divide towards zero, wrap, and never trap") {
    auto binary = [](plan::BinaryFn fn, int64_t a, int64_t b) {
      return Evaluate(ops::Binary(fn), {I({}, {a}), I({}, {b})})[0];
    };
    using enum plan::BinaryFn;
    CHECK(binary(Div, -7, 2) == -3);
    CHECK(binary(Div, 7, 0) == 0);
    CHECK(binary(Div, INT64_MIN, -1) == static_cast<double>(INT64_MIN));
    CHECK(binary(Add, INT64_MAX, 1) == static_cast<double>(INT64_MIN));
    CHECK(binary(Mod, -7, 3) == 2);
    CHECK(binary(Fmod, -7, 3) == -1);
    CHECK(binary(Mod, INT64_MIN, -1) == 0);
    CHECK(binary(Pow, 3, 4) == 81);
    CHECK(binary(Pow, 2, -1) == 0);
  }

  TEST_CASE("broadcasting, comparison, choice, cast") {
    CheckClose(Evaluate(ops::Binary(plan::BinaryFn::Sub), {F({2, 1}, {1, 2}), F({3}, {10, 20, 30})}),
               {-9, -19, -29, -8, -18, -28});
    const auto larger = Evaluate(ops::Binary(plan::BinaryFn::Max), {F({2}, {NAN, 1}), F({2}, {1, 2})});
    CHECK(std::isnan(larger[0]));
    CHECK(larger[1] == 2);
    CheckClose(Evaluate(plan::WhereT(), {Tensor::FromBool({2}, {1, 0}), F({}, {7}), F({2}, {1, 2})}), {7, 2});
    CheckClose(Evaluate(plan::CastT(), {F({3}, {-1.9f, 2.9f, NAN})}, ValueType{DType::I32, {}}), {-1, 2, INT32_MIN});
    CheckClose(Evaluate(plan::CastT(), {F({2}, {0.1f, 0})}, ValueType{DType::Bool, {}}), {1, 0});
  }

  TEST_CASE("softmax and layer norm of a row") {
    const double e = std::exp(1.0);
    CheckClose(Evaluate(ops::Softmax(0), {F({2}, {1000, 1001})}), {1 / (1 + e), e / (1 + e)});
    CheckClose(Evaluate(ops::Softmax(0, true), {F({2}, {0, 0})}), {-std::log(2.0), -std::log(2.0)});
    CheckClose(Evaluate(ops::LayerNorm(0), {F({1, 2}, {1, 3}), F({2}, {2, 2}), F({2}, {0, 1})}), {-2, 3});
    CheckClose(Evaluate(ops::LayerNorm(0, true), {F({1, 2}, {3, 4})}), {3 / std::sqrt(12.5), 4 / std::sqrt(12.5)});
  }

  TEST_CASE("linear with its whole epilogue") {
    plan::LinearT op;
    op.act = std::make_unique<plan::Activation>(plan::UnaryFn::Relu, 0.0f, 0.0f);
    // x W = [[1], [-5]]; + bias 1, + row_bias [0, 3] -> [2, -1]; relu -> [2, 0]; + residual
    CheckClose(Evaluate(std::move(op), {F({1, 2, 2}, {1, 0, 0, 5}), F({2, 1}, {1, -1}), F({1}, {1}), F({2, 1}, {0, 3}),
                                        F({1, 2, 1}, {10, 20})}),
               {12, 20});
  }

  TEST_CASE("attention weighs values by softmax of scaled scores, with bias and causal mask") {
    plan::AttentionT op;
    op.heads = 1;
    op.head_dim = op.value_dim = op.q_head_stride = op.k_head_stride = op.v_head_stride = 1;
    op.scale = 2;
    const Tensor q = F({2, 1}, {1, 0}), k = F({2, 1}, {0, 1}), v = F({2, 1}, {10, 20});
    const double p = 1 / (1 + std::exp(2.0));  // weight of the first key for query 0
    CheckClose(Evaluate(op, {q, k, v}), {10 * p + 20 * (1 - p), 15});
    CheckClose(Evaluate(op, {q, k, v, F({2}, {0, -kInf})}), {10, 10});
    op.causal = true;
    CheckClose(Evaluate(op, {q, k, v}), {10, 15});
  }

  TEST_CASE("convolution is the same in both layouts") {
    plan::Conv2dT op;
    op.channels_last = false;
    op.kernel = {2, 2};
    op.strides = op.dilations = {1, 1};
    op.pads = {1, 0, 0, 0};
    const Tensor x = F({1, 1, 2, 2}, {1, 2, 3, 4}), w = F({1, 1, 2, 2}, {1, 10, 100, 1000});
    const std::vector<double> expected{2100, 4321};
    CheckClose(Evaluate(op, {x, w, F({1}, {0})}), expected);
    op.channels_last = true;
    CheckClose(Evaluate(op, {x.Reshaped({1, 2, 2, 1}), w.Reshaped({2, 2, 1, 1}), F({1}, {0})}), expected);
  }

  TEST_CASE("grouped convolution: each output channel sees its group") {
    plan::Conv2dT op;
    op.kernel = op.strides = op.dilations = {1, 1};
    op.pads = {0, 0, 0, 0};
    op.groups = 2;
    CheckClose(Evaluate(op, {F({1, 1, 1, 4}, {1, 2, 3, 4}), F({1, 1, 2, 2}, {1, 10, 2, 20})}), {1 + 4, 30 + 80});
  }

  TEST_CASE("pools count padding only when asked, and never beyond it") {
    plan::Pool2dT op;
    op.average = true;
    op.kernel = {1, 2};
    op.strides = {1, 2};
    op.dilations = {1, 1};
    op.pads = {0, 1, 0, 0};
    const Tensor x = F({1, 1, 2, 1}, {4, 6});
    CheckClose(Evaluate(op, {x}), {4});
    op.count_include_pad = true;
    CheckClose(Evaluate(op, {x}), {2});
    CheckClose(Evaluate(op, {x}, ValueType{DType::F32, {1, 1, 2, 1}}), {2, 6});  // ceil mode
    op.average = false;
    CheckClose(Evaluate(op, {F({1, 1, 2, 1}, {-4, -6})}), {-4});
  }

  TEST_CASE("movement") {
    const Tensor x = F({2, 3}, {1, 2, 3, 4, 5, 6});
    CheckClose(Evaluate(ops::Transpose({1, 0}), {x}), {1, 4, 2, 5, 3, 6});
    CheckClose(Evaluate(ops::Slice({1, 2}, {-1, -2}), {x}, ValueType{DType::F32, {2, 2}}), {6, 4, 3, 1});
    CheckClose(Evaluate(ops::Concat(1), {x, F({2, 1}, {7, 8})}), {1, 2, 3, 7, 4, 5, 6, 8});
    plan::TileT tile;
    tile.repeats = {1, 2};
    CheckClose(Evaluate(tile, {x}), {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6});
    plan::PadT pad;
    pad.begins = {0, 2};
    pad.ends = {0, -1};
    pad.value = 9;
    CheckClose(Evaluate(pad, {x}), {9, 9, 1, 2, 9, 9, 4, 5});
    pad.mode = plan::PadMode::Reflect;
    CheckClose(Evaluate(pad, {x}), {3, 2, 1, 2, 6, 5, 4, 5});
    pad.mode = plan::PadMode::Wrap;
    CheckClose(Evaluate(pad, {x}), {2, 3, 1, 2, 5, 6, 4, 5});
  }

  TEST_CASE("gathers and scatters take negative indices and refuse those outside") {
    const Tensor x = F({3, 2}, {1, 2, 3, 4, 5, 6});
    CheckClose(Evaluate(ops::Gather(0), {x, I({2}, {-1, 0})}), {5, 6, 1, 2});
    plan::ScatterNDT add;
    add.reduce = true;
    add.reduction = plan::ReduceFn::Sum;
    CheckClose(Evaluate(add, {x, I({2, 1}, {0, 0}), F({2, 2}, {10, 20, 100, 200})}), {111, 222, 3, 4, 5, 6});
    plan::OpUnion gather;
    gather.Set(ops::Gather(0));
    CHECK_FALSE(EvaluateNode(gather, {x, I({1}, {3})}, {{DType::F32, {1, 2}}}).ok());
    CHECK_FALSE(EvaluateNode(gather, {x, I({1}, {-4})}, {{DType::F32, {1, 2}}}).ok());
  }

  TEST_CASE("reductions and selections") {
    const Tensor x = F({2, 3}, {1, -2, 3, 4, 5, 5});
    auto reduce = [&](plan::ReduceFn fn) { return Evaluate(ops::Reduce(fn, {1}, false), {x}); };
    using enum plan::ReduceFn;
    CheckClose(reduce(Mean), {2.0 / 3, 14.0 / 3});
    CheckClose(reduce(Max), {3, 5});
    CheckClose(reduce(L1), {6, 14});
    CheckClose(reduce(L2), {std::sqrt(14.0), std::sqrt(66.0)});
    CheckClose(reduce(LogSumExp),
               {std::log(std::exp(1.0) + std::exp(-2.0) + std::exp(3.0)), std::log(std::exp(4.0) + 2 * std::exp(5.0))});
    CheckClose(Evaluate(ops::Reduce(LogSumExp, {0}, false), {F({2}, {1000, 1000})}), {1000 + std::log(2.0)});
    CheckClose(Evaluate(ops::Reduce(Sum, {0, 1}, true), {I({2, 2}, {1, 2, 3, 4})}), {10});
    plan::ArgReduceT arg;
    arg.max = true;
    arg.axis = 1;
    CheckClose(Evaluate(arg, {x}), {2, 1});
    arg.select_last = true;
    CheckClose(Evaluate(arg, {x}), {2, 2});
    plan::CumSumT sum;
    sum.axis = 1;
    sum.exclusive = sum.reverse = true;
    CheckClose(Evaluate(sum, {x}), {1, 3, 0, 10, 5, 0});
  }

  TEST_CASE("resize: nearest, linear with half pixels, cubic keeps a constant") {
    plan::ResizeT op;
    op.scales = {2};
    CheckClose(Evaluate(op, {F({2}, {1, 3})}, ValueType{DType::F32, {4}}), {1, 1, 3, 3});
    op.mode = plan::ResizeMode::Linear;
    CheckClose(Evaluate(op, {F({2}, {1, 3})}, ValueType{DType::F32, {4}}), {1, 1.5, 2.5, 3});
    op.coordinates = plan::ResizeCoordinates::AlignCorners;
    CheckClose(Evaluate(op, {F({2}, {0, 3})}, ValueType{DType::F32, {4}}), {0, 1, 2, 3});
    op.mode = plan::ResizeMode::Cubic;
    op.cubic_a = -0.75f;
    CheckClose(Evaluate(op, {F({2}, {5, 5})}, ValueType{DType::F32, {4}}), {5, 5, 5, 5});
  }
}

}  // namespace
}  // namespace vitrt::convert

// AssignLayout, SinkTransposes, PointwiseToLinear: what convolutional models look like afterwards.
#include "converters/passes/passes.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

const std::vector<Pass> kLayout = {AssignLayout, SinkTransposes};

ValueId Conv(Builder& b, ValueId x, int64_t cout, int kernel, int stride, int groups = 1) {
  plan::Conv2dT conv;
  conv.channels_last = false;
  conv.kernel = {kernel, kernel};
  conv.strides = {stride, stride};
  conv.dilations = {1, 1};
  conv.pads = std::vector<int32_t>(4, stride == kernel ? 0 : kernel / 2);
  conv.groups = groups;
  const int64_t cin = b.graph.value(x).shape[1];
  return b.Add(std::move(conv), {x, b.Weight({cout, cin / groups, kernel, kernel}), b.Weight({cout})});
}

ValueId Pool(Builder& b, ValueId x, int kernel) {
  plan::Pool2dT pool;
  pool.channels_last = false;
  pool.average = true;
  pool.kernel = pool.strides = {kernel, kernel};
  pool.dilations = {1, 1};
  pool.pads = {0, 0, 0, 0};
  return b.Add(std::move(pool), {x});
}

struct Case {
  const char* name;
  std::function<void(Builder&)> build;
  int transposes;  // left
};

TEST_CASE("no transpose is left where the model's own meet those of the layout") {
  const Case cases[] = {
      {"patches become tokens",
       [](Builder& b) {
         b.Transpose(b.Reshape(Conv(b, b.input(), 5, 4, 4), {1, 5, 4}), {0, 2, 1});
       },
       0},
      {"einops to tokens and back to a map",
       [](Builder& b) {
         const ValueId x = Conv(b, b.input(), 6, 3, 1);
         const ValueId tokens = b.Reshape(b.Transpose(x, {0, 2, 3, 1}), {1, 64, 6});
         const ValueId y = b.Add(ops::LayerNorm(1e-5f), {tokens, b.Weight({6}), b.Weight({6})});
         Conv(b, b.Reshape(b.Transpose(y, {0, 2, 1}), {1, 6, 8, 8}), 4, 3, 1);
         b.Output(b.Mean(b.graph.nodes.back()->outputs[0], {2, 3}, false));
       },
       0},
      {"squeeze and excitation",
       [](Builder& b) {
         const ValueId x = Conv(b, b.input(), 6, 3, 1);
         const ValueId s = b.Unary(UnaryFn::Sigmoid,
                                   Conv(b, b.Unary(UnaryFn::Relu, Conv(b, b.Mean(x, {2, 3}, true), 3, 1, 1)), 6, 1, 1));
         b.Output(b.Mean(Conv(b, b.Binary(BinaryFn::Mul, s, x), 4, 1, 1), {2, 3}, false));
       },
       0},
      {"residual, batch norm, pooling to 2x2, tokens",
       [](Builder& b) {
         const ValueId x = Conv(b, b.input(), 6, 3, 1);
         const ValueId n =
             b.Binary(BinaryFn::Add, b.Binary(BinaryFn::Mul, Conv(b, x, 6, 7, 1, 6), b.Weight({1, 6, 1, 1})),
                      b.Weight({6, 1, 1}));
         const ValueId pooled = Pool(b, b.Unary(UnaryFn::Relu, b.Binary(BinaryFn::Add, n, x)), 4);
         b.Transpose(b.Reshape(pooled, {1, 6, 4}), {0, 2, 1});
       },
       0},
      {"concatenation and slice of channels",
       [](Builder& b) {
         const ValueId x = Conv(b, b.input(), 6, 3, 1), y = Conv(b, b.input(), 4, 3, 1);
         b.Output(b.Mean(b.Slice(b.Add(ops::Concat(1), {x, y}), {0, 2, 0, 0}, {1, 6, 8, 8}), {2, 3}, false));
       },
       0},
      {"maps made of tokens in two ways are added",
       [](Builder& b) {
         const ValueId x = Conv(b, b.input(), 6, 3, 1);
         const ValueId tokens = b.Add(ops::LayerNorm(1e-5f), {b.Transpose(b.Reshape(x, {1, 6, 64}), {0, 2, 1})});
         const ValueId map = b.Reshape(b.Transpose(tokens, {0, 2, 1}), {1, 6, 8, 8});
         b.Output(b.Mean(b.Binary(BinaryFn::Add, Conv(b, map, 6, 7, 1, 6), map), {2, 3}, false));
       },
       0},
      {"a map as output needs one", [](Builder& b) { b.Output(Conv(b, b.input(), 5, 3, 1)); }, 1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, {1, 3, 8, 8}, kLayout);
    CHECK_MESSAGE(Count(graph, plan::Op::Transpose) == c.transposes, ToText(graph));
    CHECK(graph.input_channels_last);
  }
}

TEST_CASE("window partition keeps its transpose") {
  const Graph graph = Transformed(
      [](Builder& b) {
        const ValueId windows =
            b.Reshape(b.Transpose(b.Reshape(b.input(), {1, 2, 4, 2, 4, 6}), {0, 1, 3, 2, 4, 5}), {4, 16, 6});
        b.Linear(windows, 5);
      },
      {1, 8, 8, 6}, kLayout);
  CHECK(Count(graph, plan::Op::Transpose) == 1);
  CHECK_FALSE(graph.input_channels_last);
}

TEST_CASE("a transposed right operand is an attribute of the product") {
  const Graph graph = Transformed(
      [](Builder& b) {
        b.Add(ops::MatMul(), {b.input(), b.Transpose(b.input(), {0, 2, 1})});
      },
      {2, 3, 4}, {SinkTransposes});
  CHECK(graph.nodes.size() == 1);
}

TEST_CASE("1x1 convolutions become linear layers, strided ones do not") {
  const Graph graph = Transformed([](Builder& b) { Conv(b, Conv(b, b.input(), 6, 1, 1), 4, 3, 2); }, {1, 3, 8, 8},
                                  {AssignLayout, SinkTransposes, PointwiseToLinear});
  CHECK(Count(graph, plan::Op::Linear) == 1);
  CHECK(Count(graph, plan::Op::Conv2d) == 1);
}

}  // namespace
}  // namespace vitrt::convert::test

// HoistConstants, FoldAffineAfter, FoldAffineBefore, FuseEpilogues, DropUnreadRows.
#include "converters/passes/passes.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

struct Case {
  const char* name;
  std::function<void(Builder&)> build;
  int nodes;  // left besides Reshape
};

void Run(const std::vector<Case>& cases, const Shape& input, const std::vector<Pass>& passes) {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, input, passes);
    CHECK_MESSAGE(static_cast<int>(graph.nodes.size()) - Count(graph, plan::Op::Reshape) == c.nodes, ToText(graph));
  }
}

ValueId Conv(Builder& b, ValueId x, int64_t cout, int kernel) {  // channels last, stride = kernel
  plan::Conv2dT conv;
  conv.kernel = conv.strides = {kernel, kernel};
  conv.dilations = {1, 1};
  conv.pads = {0, 0, 0, 0};
  return b.Add(std::move(conv), {x, b.Weight({kernel, kernel, b.graph.value(x).shape[3], cout}), b.Weight({cout})});
}

TEST_CASE("what follows a layer and is affine folds into it") {
  Run({{"bias, first operand",
        [](Builder& b) { b.Binary(BinaryFn::Add, b.Weight({5}), b.Linear(b.input(), 5, false)); }, 1},
       {"LayerScale and another bias",
        [](Builder& b) {
          b.Binary(BinaryFn::Add, b.Binary(BinaryFn::Mul, b.Linear(b.input(), 5), b.Weight({5})), b.Weight({1, 1, 5}));
        },
        1},
       {"division, and constant minus layer",
        [](Builder& b) {
          b.Binary(BinaryFn::Sub, b.Weight({5}), b.Binary(BinaryFn::Div, b.Linear(b.input(), 5), b.Weight({5})));
        },
        1},
       {"one row per token, twice",
        [](Builder& b) {
          b.Binary(BinaryFn::Sub, b.Binary(BinaryFn::Add, b.Linear(b.input(), 5), b.Weight({1, 4, 5})),
                   b.Weight({4, 5}));
        },
        1},
       {"scaled after a row bias",
        [](Builder& b) {
          b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Add, b.Linear(b.input(), 5), b.Weight({4, 1})), b.Scalar(3));
        },
        1},
       {"a factor per token stays",
        [](Builder& b) {
          b.Binary(BinaryFn::Mul, b.Linear(b.input(), 5), b.Weight({4, 1}));
        },
        2},
       {"a layer read elsewhere keeps its bias",
        [](Builder& b) {
          const ValueId y = b.Linear(b.input(), 5);
          b.Output(y);
          b.Output(b.Binary(BinaryFn::Add, y, b.Weight({5})));
        },
        2},
       {"constant divided by layer stays",
        [](Builder& b) { b.Binary(BinaryFn::Div, b.Weight({5}), b.Linear(b.input(), 5)); }, 2}},
      {1, 4, 6}, {FoldAffineAfter});
}

TEST_CASE("constants reach the layer through reshape, concatenation and mean") {
  Run({{"positions on tokens of a patch convolution",
        [](Builder& b) {
          b.Binary(BinaryFn::Add, b.Reshape(Conv(b, b.input(), 5, 2), {1, 4, 5}), b.Weight({1, 4, 5}));
        },
        1},
       {"channel scale through reshape",
        [](Builder& b) {
          b.Binary(BinaryFn::Mul, b.Reshape(Conv(b, b.input(), 5, 2), {1, 4, 5}), b.Weight({5}));
        },
        1},
       {"class token and positions",
        [](Builder& b) {
          const ValueId tokens =
              b.Add(ops::Concat(1), {b.Weight({1, 1, 5}), b.Reshape(Conv(b, b.input(), 5, 2), {1, 4, 5})});
          b.Binary(BinaryFn::Add, tokens, b.Weight({1, 5, 5}));
        },
        2},
       {"constant under a mean",
        [](Builder& b) {
          b.Linear(b.Mean(b.Binary(BinaryFn::Add, b.Unary(UnaryFn::Relu, b.Reshape(b.input(), {1, 16, 3})),
                                   b.Weight({1, 16, 3})),
                          {1}, false),
                   5);
        },
        3}},
      {1, 4, 4, 3}, {HoistConstants, FoldAffineAfter, FoldAffineBefore});
}

TEST_CASE("what precedes linear layers and is affine folds into them") {
  Run({{"gamma and beta into two layers",
        [](Builder& b) {
          const ValueId x = b.Add(ops::LayerNorm(1e-5f), {b.input(), b.Weight({6}), b.Weight({6})});
          b.Output(b.Linear(x, 5));
          b.Output(b.Linear(x, 4, false));
        },
        3},
       {"positions added before the layer (MPVG)",
        [](Builder& b) {
          const ValueId x = b.Add(ops::LayerNorm(1e-5f), {b.input(), b.Weight({6}), b.Weight({6})});
          b.Linear(b.Binary(BinaryFn::Add, x, b.Weight({1, 4, 6})), 5);
        },
        2},
       {"batch norm before a layer",
        [](Builder& b) {
          b.Linear(b.Binary(BinaryFn::Sub, b.Binary(BinaryFn::Div, b.input(), b.Weight({6})), b.Weight({6})), 5);
        },
        1},
       {"not where somebody else reads it",
        [](Builder& b) {
          const ValueId x = b.Binary(BinaryFn::Mul, b.input(), b.Weight({6}));
          b.Output(b.Linear(x, 5));
          b.Output(x);
        },
        2}},
      {1, 4, 6}, {FoldAffineBefore});
  Run({{"mean and std of the image into a patch convolution",
        [](Builder& b) {
          Conv(b, b.Binary(BinaryFn::Div, b.Binary(BinaryFn::Sub, b.input(), b.Weight({1, 1, 1, 3})), b.Weight({3})), 5,
               2);
        },
        1},
       {"a factor per position stays",
        [](Builder& b) {
          Conv(b, b.Binary(BinaryFn::Mul, b.input(), b.Weight({4, 4, 1})), 5, 2);
        },
        2},
       {"an addend per position stays before a convolution",
        [](Builder& b) {
          Conv(b, b.Binary(BinaryFn::Add, b.input(), b.Weight({4, 4, 3})), 5, 2);
        },
        2}},
      {1, 4, 4, 3}, {FoldAffineBefore});
  const Graph graph = Transformed(
      [](Builder& b) {
        b.Linear(b.Add(ops::LayerNorm(1e-5f), {b.input(), b.Weight({6}), b.Weight({6})}), 5);
      },
      {1, 4, 6}, {FoldAffineBefore});
  CHECK(graph.nodes[0]->inputs[1] == kNoValue);
}

TEST_CASE("activation and residual join the layer") {
  Run({{"activation", [](Builder& b) { b.Unary(UnaryFn::GeluErf, b.Linear(b.input(), 6)); }, 1},
       {"residual on either side",
        [](Builder& b) {
          b.Binary(BinaryFn::Add, b.input(), b.Binary(BinaryFn::Add, b.Linear(b.input(), 6), b.input()));
        },
        2},
       {"activation, then residual",
        [](Builder& b) { b.Binary(BinaryFn::Add, b.Unary(UnaryFn::HardSwish, b.Linear(b.input(), 6)), b.input()); }, 1},
       {"activation after a residual stays",
        [](Builder& b) { b.Unary(UnaryFn::Relu, b.Binary(BinaryFn::Add, b.Linear(b.input(), 6), b.input())); }, 2},
       {"two layers added", [](Builder& b) { b.Binary(BinaryFn::Add, b.Linear(b.input(), 6), b.Linear(b.input(), 6)); },
        2},
       {"residual through reshapes",
        [](Builder& b) {
          b.Binary(BinaryFn::Add, b.Reshape(b.Linear(b.input(), 6), {2, 2, 6}), b.Reshape(b.input(), {2, 2, 6}));
        },
        1},
       {"one residual row for all tokens",
        [](Builder& b) { b.Binary(BinaryFn::Add, b.Linear(b.input(), 6), b.Mean(b.input(), {1}, true)); }, 2},
       {"a function epilogues do not have", [](Builder& b) { b.Unary(UnaryFn::Elu, b.Linear(b.input(), 6), 1); }, 2}},
      {1, 4, 6}, {FuseEpilogues});
}

// A transformer block on [1, 8, 12], attention as one op on a fused QKV layer.
ValueId Block(Builder& b, ValueId x) {
  plan::AttentionT op;
  op.heads = 3;
  op.head_dim = op.value_dim = 4;
  op.q_head_stride = op.k_head_stride = op.v_head_stride = 4;
  op.k_column = 12;
  op.v_column = 24;
  op.scale = 0.5f;
  const ValueId qkv = b.Linear(b.Add(ops::LayerNorm(1e-5f), {x}), 36);
  x = b.Binary(BinaryFn::Add, x, b.Linear(b.Add(std::move(op), {qkv, qkv, qkv, b.Weight({1, 3, 8, 8})}), 12));
  const ValueId hidden = b.Unary(UnaryFn::GeluErf, b.Linear(b.Add(ops::LayerNorm(1e-5f), {x}), 24));
  return b.Binary(BinaryFn::Add, x, b.Linear(hidden, 12));
}

int64_t RowsComputed(const Graph& graph) {
  int64_t rows = 0;
  for (const auto& node : graph.nodes) {
    if (node->op.type != plan::Op::Linear) continue;
    const Shape& shape = graph.value(node->outputs[0]).shape;
    rows += NumElements(shape) / shape.back();
  }
  return rows;
}

TEST_CASE("the last block computes only the rows that are read") {
  const auto model = [](const Shape& starts, const Shape& sizes) {
    return [=](Builder& b) {
      const ValueId x = b.Add(ops::LayerNorm(1e-5f), {Block(b, Block(b, b.input())), b.Weight({12}), b.Weight({12})});
      b.Output(b.Linear(b.Reshape(b.Slice(x, starts, sizes), {sizes[1], 12}), 5));
    };
  };
  // Two blocks have layers qkv, proj, fc1, fc2; the last needs keys and values of all rows, the rest for those read.
  CHECK(RowsComputed(Transformed(model({0, 0, 0}, {1, 1, 12}), {1, 8, 12}, {DropUnreadRows})) == 4 * 8 + 8 + 4 * 1 + 1);
  CHECK(RowsComputed(Transformed(model({0, 3, 0}, {1, 2, 12}), {1, 8, 12}, {DropUnreadRows})) == 4 * 8 + 8 + 4 * 2 + 2);
  // More than half of the rows: not worth a layer of its own.
  CHECK(RowsComputed(Transformed(model({0, 1, 0}, {1, 7, 12}), {1, 8, 12}, {DropUnreadRows})) == 8 * 8 + 7);
}

TEST_CASE("two class tokens are computed together") {
  const Graph graph = Transformed(
      [](Builder& b) {
        const ValueId x = b.Add(ops::LayerNorm(1e-5f), {Block(b, b.input())});
        for (int64_t i : {0, 1}) b.Output(b.Linear(b.Reshape(b.Slice(x, {0, i, 0}, {1, 1, 12}), {1, 12}), 5));
      },
      {1, 8, 12}, {DropUnreadRows});
  CHECK(RowsComputed(graph) == 8 + 4 * 2 + 2);
}

TEST_CASE("rows that an earlier exit reads are kept") {
  const Graph graph = Transformed(
      [](Builder& b) {
        const ValueId x = Block(b, b.input());
        b.Output(b.Linear(b.Reshape(b.Slice(x, {0, 0, 0}, {1, 1, 12}), {1, 12}), 5));
        b.Output(b.Linear(b.Reshape(b.Slice(Block(b, x), {0, 0, 0}, {1, 1, 12}), {1, 12}), 5));
      },
      {1, 8, 12}, {DropUnreadRows});
  CHECK(RowsComputed(graph) == 4 * 8 + 8 + 4 + 2);
}

}  // namespace
}  // namespace vitrt::convert::test

// FuseAttention through every scaffolding, then FuseQkv and FoldAttentionScale.
#include "converters/passes/passes.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

using plan::BinaryFn;

constexpr int64_t kTokens = 5, kDim = 12, kHeads = 3, kHead = 4;

ValueId Scaled(Builder& b, ValueId x, float s) { return b.Binary(BinaryFn::Mul, x, b.Scalar(s)); }
ValueId Softmax(Builder& b, ValueId x) {
  return b.Add(ops::Softmax(static_cast<int>(b.graph.value(x).shape.size()) - 1), {x});
}
ValueId MatMul(Builder& b, ValueId x, ValueId y) { return b.Add(ops::MatMul(), {x, y}); }

// [1, tokens, H*d] -> [1, H, tokens, d]
ValueId Heads(Builder& b, ValueId x) {
  const int64_t n = b.graph.value(x).shape[1];
  return b.Transpose(b.Reshape(x, {1, n, kHeads, kHead}), {0, 2, 1, 3});
}
ValueId Merge(Builder& b, ValueId x) {
  const int64_t n = b.graph.value(x).shape[2];
  return b.Reshape(b.Transpose(x, {0, 2, 1, 3}), {1, n, kDim});
}

// timm: one layer, [3, 1, H, N, d], one slice each.
std::vector<ValueId> TimmQkv(Builder& b) {
  const ValueId qkv =
      b.Transpose(b.Reshape(b.Linear(b.input(), 3 * kDim), {1, kTokens, 3, kHeads, kHead}), {2, 0, 3, 1, 4});
  std::vector<ValueId> parts;
  for (int64_t i = 0; i < 3; ++i)
    parts.push_back(
        b.Reshape(b.Slice(qkv, {i, 0, 0, 0, 0}, {1, 1, kHeads, kTokens, kHead}), {1, kHeads, kTokens, kHead}));
  return parts;
}

struct Case {
  const char* name;
  Shape input;
  std::function<void(Builder&)> build;
  int nodes = -1;  // left besides Reshape, -1: not looked at
};

const std::vector<Pass> kPasses = {SimplifyShapes, FormLinear, SinkTransposes,     FuseAttention, SinkTransposes,
                                   MergeCommon,    FuseQkv,    FoldAttentionScale, SimplifyShapes};

TEST_CASE("attention is found through every scaffolding") {
  const Case cases[] = {
      {"timm fused qkv, scale on q",
       {1, kTokens, kDim},
       [](Builder& b) {
         const auto p = TimmQkv(b);
         Merge(b, MatMul(b, Softmax(b, MatMul(b, Scaled(b, p[0], 0.5f), b.Transpose(p[1], {0, 1, 3, 2}))), p[2]));
       },
       2},
      {"scale on scores, divided, a bias and a mask",
       {1, kTokens, kDim},
       [](Builder& b) {
         const auto p = TimmQkv(b);
         ValueId s = b.Binary(BinaryFn::Div, MatMul(b, p[0], b.Transpose(p[1], {0, 1, 3, 2})), b.Scalar(2));
         s = b.Binary(BinaryFn::Add, b.Weight({kHeads, kTokens, kTokens}),
                      b.Binary(BinaryFn::Add, s, b.Weight({1, 1, 1, kTokens})));
         Merge(b, MatMul(b, Softmax(b, s), p[2]));
       },
       2},
      {"torch SDPA: root of the scale on both sides",
       {1, kTokens, kDim},
       [](Builder& b) {
         const ValueId q = Heads(b, b.Linear(b.input(), kDim)), k = Heads(b, b.Linear(b.input(), kDim, false)),
                       v = Heads(b, b.Linear(b.input(), kDim));
         Merge(b,
               MatMul(b, Softmax(b, MatMul(b, Scaled(b, q, 0.7f), Scaled(b, b.Transpose(k, {0, 1, 3, 2}), 0.7f))), v));
       },
       2},
      {"dynamo bmm: three axes, heads first",
       {1, kTokens, kDim},
       [](Builder& b) {
         auto heads = [&](ValueId x) { return b.Reshape(Heads(b, x), {kHeads, kTokens, kHead}); };
         const ValueId q = heads(b.Linear(b.input(), kDim)), k = heads(b.Linear(b.input(), kDim)),
                       v = heads(b.Linear(b.input(), kDim));
         const ValueId s = b.Reshape(MatMul(b, q, b.Transpose(k, {0, 2, 1})), {1, kHeads, kTokens, kTokens});
         const ValueId p = b.Reshape(Softmax(b, Scaled(b, s, 0.5f)), {kHeads, kTokens, kTokens});
         Merge(b, b.Reshape(MatMul(b, p, v), {1, kHeads, kTokens, kHead}));
       },
       2},
      {"q and kv of different inputs",
       {1, 7, kDim},
       [](Builder& b) {
         const ValueId q = Heads(b, b.Linear(b.Slice(b.input(), {0, 0, 0}, {1, 2, kDim}), kDim));
         const ValueId kv =
             b.Transpose(b.Reshape(b.Linear(b.input(), 2 * kDim), {1, 7, 2, kHeads, kHead}), {2, 0, 3, 1, 4});
         const ValueId k = b.Reshape(b.Slice(kv, {0, 0, 0, 0, 0}, {1, 1, kHeads, 7, kHead}), {1, kHeads, 7, kHead});
         const ValueId v = b.Reshape(b.Slice(kv, {1, 0, 0, 0, 0}, {1, 1, kHeads, 7, kHead}), {1, kHeads, 7, kHead});
         Merge(b, MatMul(b, Softmax(b, Scaled(b, MatMul(b, q, b.Transpose(k, {0, 1, 3, 2})), 0.5f)), v));
       }},
      {"one head, no reshape, odd sizes, constant queries",
       {1, kTokens, kDim},
       [](Builder& b) {
         const ValueId k = b.Linear(b.input(), 7, false), v = b.Linear(b.input(), 3, false);
         b.Linear(MatMul(b, Softmax(b, Scaled(b, MatMul(b, b.Weight({1, 4, 7}), b.Transpose(k, {0, 2, 1})), 0.3f)), v),
                  6);
       }},
      {"windows with relative bias and mask on a view of five axes",
       {4, kTokens, kDim},
       [](Builder& b) {
         const ValueId qkv =
             b.Transpose(b.Reshape(b.Linear(b.input(), 3 * kDim), {4, kTokens, 3, kHeads, kHead}), {2, 0, 3, 1, 4});
         std::vector<ValueId> p;
         for (int64_t i = 0; i < 3; ++i)
           p.push_back(
               b.Reshape(b.Slice(qkv, {i, 0, 0, 0, 0}, {1, 4, kHeads, kTokens, kHead}), {4, kHeads, kTokens, kHead}));
         ValueId s = b.Binary(BinaryFn::Add, MatMul(b, Scaled(b, p[0], 0.5f), b.Transpose(p[1], {0, 1, 3, 2})),
                              b.Weight({1, kHeads, kTokens, kTokens}));
         s = b.Binary(BinaryFn::Add, b.Reshape(s, {1, 4, kHeads, kTokens, kTokens}),
                      b.Weight({1, 4, 1, kTokens, kTokens}));
         const ValueId y = MatMul(b, Softmax(b, b.Reshape(s, {4, kHeads, kTokens, kTokens})), p[2]);
         b.Reshape(b.Transpose(y, {0, 2, 1, 3}), {4, kTokens, kDim});
       },
       2},
      {"normalised queries and keys",
       {1, kTokens, kDim},
       [](Builder& b) {
         const auto p = TimmQkv(b);
         const ValueId q = b.Add(ops::LayerNorm(1e-5f), {p[0], b.Weight({kHead}), b.Weight({kHead})}),
                       k = b.Add(ops::LayerNorm(1e-5f), {p[1], b.Weight({kHead})});
         Merge(b, MatMul(b, Softmax(b, Scaled(b, MatMul(b, q, b.Transpose(k, {0, 1, 3, 2})), 0.5f)), p[2]));
       }},
      {"boolean mask and guard against empty rows",
       {1, kTokens, kDim},
       [](Builder& b) {
         const auto p = TimmQkv(b);
         std::vector<uint8_t> keep(kTokens * kTokens, 1);
         keep[3] = keep[7] = 0;
         const ValueId mask = b.graph.AddConstant("mask", Tensor::FromBool({1, 1, kTokens, kTokens}, keep));
         const ValueId scores =
             b.Add(plan::WhereT{},
                   {mask, Scaled(b, MatMul(b, p[0], b.Transpose(p[1], {0, 1, 3, 2})), 0.5f), b.Scalar(-1e9f)});
         const ValueId s = Softmax(b, scores);
         Merge(b, MatMul(b, b.Add(plan::WhereT{}, {b.Unary(plan::UnaryFn::IsNaN, s), b.Scalar(0), s}), p[2]));
       }},
      {"keys with tokens last",
       {1, kTokens, kDim},
       [](Builder& b) {
         const ValueId k = b.Reshape(b.Linear(b.Reshape(b.input(), {1, kDim, kTokens}), 8), {1, kDim, 8});
         const ValueId q = b.Linear(b.input(), kDim), v = b.Linear(b.Reshape(b.Linear(b.input(), 16), {1, 8, 10}), 6);
         b.Output(MatMul(b, Softmax(b, Scaled(b, MatMul(b, q, k), 0.5f)), v));
       }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, c.input, kPasses);
    CHECK_MESSAGE(Count(graph, plan::Op::Attention) == 1, ToText(graph));
    CHECK(Count(graph, plan::Op::Softmax) == 0);
    CHECK(Count(graph, plan::Op::MatMul) == 0);
    if (c.nodes >= 0)
      CHECK_MESSAGE(static_cast<int>(graph.nodes.size()) - Count(graph, plan::Op::Reshape) == c.nodes, ToText(graph));
  }
}

TEST_CASE("what is no attention stays") {
  const Case cases[] = {
      {"probabilities are an output",
       {1, kTokens, kDim},
       [](Builder& b) {
         const auto p = TimmQkv(b);
         const ValueId s = Softmax(b, MatMul(b, p[0], b.Transpose(p[1], {0, 1, 3, 2})));
         b.Output(s);
         b.Output(MatMul(b, s, p[2]));
       }},
      {"softmax over queries",
       {1, kTokens, kDim},
       [](Builder& b) {
         const auto p = TimmQkv(b);
         b.Output(MatMul(b, b.Add(ops::Softmax(2), {MatMul(b, p[0], b.Transpose(p[1], {0, 1, 3, 2}))}), p[2]));
       }},
      {"an activation on the scores",
       {1, kTokens, kDim},
       [](Builder& b) {
         const auto p = TimmQkv(b);
         b.Output(MatMul(b, Softmax(b, b.Unary(plan::UnaryFn::Relu, MatMul(b, p[0], b.Transpose(p[1], {0, 1, 3, 2})))),
                         p[2]));
       }},
      {"a row of scores to which minus infinity is added",
       {1, kTokens, kDim},
       [](Builder& b) {
         const auto p = TimmQkv(b);
         std::vector<float> rows(kTokens);
         rows[2] = -std::numeric_limits<float>::infinity();
         const ValueId hidden = b.graph.AddConstant("rows", Tensor::FromF32({1, 1, kTokens, 1}, rows));
         const ValueId scores = MatMul(b, p[0], b.Transpose(p[1], {0, 1, 3, 2}));
         b.Output(MatMul(b, Softmax(b, b.Binary(BinaryFn::Add, scores, hidden)), p[2]));
       }},
      {"a guard against rows without keys, of which a mask in two parts makes one",
       {1, kTokens, kDim},
       [](Builder& b) {
         const auto p = TimmQkv(b);
         std::vector<float> left(kTokens * kTokens), right(kTokens * kTokens);
         for (int64_t j = 0; j < kTokens; ++j)
           (j < 2 ? left : right)[static_cast<size_t>(kTokens + j)] = -std::numeric_limits<float>::infinity();
         ValueId s = MatMul(b, p[0], b.Transpose(p[1], {0, 1, 3, 2}));
         for (const auto& part : {left, right})
           s = b.Binary(BinaryFn::Add, s, b.graph.AddConstant("mask", Tensor::FromF32({kTokens, kTokens}, part)));
         s = Softmax(b, s);
         b.Output(MatMul(b, b.Add(plan::WhereT{}, {b.Unary(plan::UnaryFn::IsNaN, s), b.Scalar(0), s}), p[2]));
       }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, c.input, kPasses);
    CHECK(Count(graph, plan::Op::Attention) == 0);
    CHECK(Count(graph, plan::Op::Softmax) == 1);
  }
}

TEST_CASE("query, key and value become one layer only where attention alone reads them") {
  for (const bool extra_reader : {false, true}) {
    CAPTURE(extra_reader);
    const Graph graph = Transformed(
        [&](Builder& b) {
          const ValueId k = b.Linear(b.input(), kDim);
          const ValueId q = Heads(b, b.Linear(b.input(), kDim)), v = Heads(b, b.Linear(b.input(), kDim, false));
          b.Output(Merge(b, MatMul(b, Softmax(b, MatMul(b, q, b.Transpose(Heads(b, k), {0, 1, 3, 2}))), v)));
          if (extra_reader) b.Output(k);
        },
        {1, kTokens, kDim}, kPasses);
    CHECK(Count(graph, plan::Op::Linear) == (extra_reader ? 2 : 1));
  }
}

}  // namespace
}  // namespace vitrt::convert::test

#include "converters/passes/passes.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

using plan::BinaryFn;

TEST_CASE("a branch of constants of any size becomes one constant") {
  const Graph graph = Transformed(
      [](Builder& b) {
        const ValueId position = b.Add(ops::LayerNorm(1e-5f), {b.Weight({1, 300, 48}), b.Weight({48}), b.Weight({48})});
        b.Binary(BinaryFn::Add, b.input(), b.Binary(BinaryFn::Mul, position, b.Scalar(2)));
      },
      {1, 300, 48}, {FoldConstants});
  CHECK(graph.nodes.size() == 1);
}

TEST_CASE("equal nodes and equal constants become one") {
  const Graph graph = Transformed(
      [](Builder& b) {
        const ValueId a = b.Binary(BinaryFn::Mul, b.input(), b.Scalar(3)),
                      c = b.Binary(BinaryFn::Mul, b.Scalar(3), b.input());
        b.Binary(BinaryFn::Add, b.Unary(plan::UnaryFn::Relu, a), b.Unary(plan::UnaryFn::Relu, c));
      },
      {2, 3}, {MergeCommon});
  CHECK(graph.nodes.size() == 3);
}

TEST_CASE("operands of a subtraction are not exchanged, attributes are compared") {
  const Graph graph = Transformed(
      [](Builder& b) {
        const ValueId c = b.Weight({2, 3});
        const ValueId a = b.Binary(BinaryFn::Sub, b.input(), c), d = b.Binary(BinaryFn::Sub, c, b.input());
        const ValueId e = b.Unary(plan::UnaryFn::Clip, b.input(), 0, 1),
                      f = b.Unary(plan::UnaryFn::Clip, b.input(), 0, 2);
        for (ValueId v : {a, d, e, f}) b.Output(v);
      },
      {2, 3}, {MergeCommon});
  CHECK(graph.nodes.size() == 4);
}

}  // namespace
}  // namespace vitrt::convert::test

// A number added to all scores was taken for attention's bias, in a shape that no plan may have (found by the ONNX node
// test flexattention_score_mod_expanded_ver26).
#include "converters/passes/passes.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

TEST_CASE("attention whose scores have a number added has no bias") {
  for (const Shape& added : {Shape{}, Shape{1}, Shape{1, 1, 4, 1}}) {
    CAPTURE(ToString(added));
    const auto build = [&](Builder& b) {
      const ValueId scores = b.Add(ops::MatMul(true), {b.input(), b.input()});
      const ValueId shifted = b.Binary(plan::BinaryFn::Add, scores, b.Weight(added));
      b.Add(ops::MatMul(), {b.Add(ops::Softmax(3), {shifted}), b.input()});
    };
    const Graph graph = Transformed(build, {1, 2, 4, 8}, {SimplifyShapes, FuseAttention});
    REQUIRE(Count(graph, plan::Op::Attention) == 1);
    for (const auto& node : graph.nodes) {
      if (node->op.type == plan::Op::Attention) CHECK((node->inputs.size() < 4 || node->inputs[3] == kNoValue));
    }
  }
}

}  // namespace
}  // namespace vitrt::convert::test

// A product with a constant matrix is a linear layer; its bias comes from FoldAffineAfter.
//
//   MatMul(x [.., m, k], W [k, n]) -> Linear(x, W)       MatMul(x, W [n, k], transpose_b) -> Linear(x, W^T)
#include <algorithm>

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {

Result<int> FormLinear(Graph* graph) {
  Rewriter r(graph);
  for (Node* node : r.Nodes()) {
    const auto* matmul = OpOf<plan::MatMulT>(node);
    if (matmul == nullptr || r.dead(node) || !graph->is_constant(node->inputs[1])) continue;
    const Shape& w = r.shape(node->inputs[1]);
    if (w.size() < 2 || Rows(w) != w[w.size() - 2] || r.shape(node->inputs[0]).size() < w.size()) continue;
    const bool transpose = matmul->transpose_b;
    VITRT_ASSIGN_OR_RETURN(ValueId weight, r.AddReshape(node->inputs[1], {w[w.size() - 2], w[w.size() - 1]}, *node));
    if (transpose) {
      VITRT_ASSIGN_OR_RETURN(weight, r.Add(ops::Transpose({1, 0}), {weight}, *node));
    }
    VITRT_ASSIGN_OR_RETURN(const ValueId y,
                           r.Add(plan::LinearT{}, {node->inputs[0], weight, kNoValue, kNoValue, kNoValue}, *node));
    r.Replace(node->outputs[0], y);
  }
  return r.Finish();
}

}  // namespace vitrt::convert

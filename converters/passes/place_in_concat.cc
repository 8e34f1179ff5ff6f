// A concatenation along a leading axis is no work: its parts are written into it. Parts that cannot be (constants,
// parts of something else) are copied there.
//
//   Concat(class token, patches) -> Concat(Identity(class token), patches)     patches are written into the result
#include "converters/passes/passes.h"
#include "converters/passes/rewriter.h"
#include "converters/schedule/views.h"
#include "runtime/base/check.h"

namespace vitrt::convert {

Result<int> PlaceInConcat(Graph* graph) {
  const Views views(*graph);
  Rewriter r(graph);
  for (Node* node : r.Nodes()) {
    if (node->op.type != plan::Op::Concat) continue;
    for (size_t i : views.InputsToCopy(*node)) {
      plan::OpUnion copy;
      copy.Set(ops::Unary(plan::UnaryFn::Identity));
      VITRT_ASSIGN_OR_RETURN(const ValueId y, r.AddUnfolded(std::move(copy), {node->inputs[i]}, *node));
      r.SetInput(node, i, y);
    }
  }
  return r.Finish();
}

}  // namespace vitrt::convert

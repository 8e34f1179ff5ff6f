// A node whose inputs are all constants becomes constants, whatever its size.
//
//   LayerNorm(pos_embed) + bias -> constant
#include <algorithm>

#include "converters/passes/passes.h"
#include "converters/passes/rewriter.h"
#include "runtime/base/check.h"

namespace vitrt::convert {

Result<int> FoldConstants(Graph* graph) {
  Rewriter r(graph);
  for (Node* node : r.Nodes()) {
    if (r.dead(node) || !std::all_of(node->inputs.begin(), node->inputs.end(),
                                     [&](ValueId v) { return v == kNoValue || graph->is_constant(v); }))
      continue;
    std::vector<std::optional<Tensor>> operands;
    for (ValueId v : node->inputs) operands.push_back(v == kNoValue ? std::nullopt : std::optional(graph->constant(v)));
    std::vector<ValueType> types;
    for (ValueId v : node->outputs) types.push_back(graph->value(v).type());
    auto results = EvaluateNode(node->op, operands, types);
    if (!results.ok()) return Status(results.status()).Within(node->name);
    const std::vector<ValueId> outputs = node->outputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::string name = graph->value(outputs[i]).name;
      r.Replace(outputs[i], r.AddConstant(std::move(results.value()[i]), name));
    }
  }
  return r.Finish();
}

}  // namespace vitrt::convert

// The scale of the scores goes into the layer that makes the queries.
//
//   q = Linear(x, W, b); Attention(q, ..; scale = s) -> q = Linear(x, s*W, s*b); Attention(q, ..; scale = 1)
// of a fused QKV layer only the columns of q are scaled.
#include <algorithm>

#include "converters/passes/dense_layer.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

struct Columns {
  int64_t first, end;
};

Columns ColumnsOf(const plan::AttentionT& op, int32_t column, int32_t stride, int32_t dim) {
  return {column, int64_t{column} + int64_t{op.heads - 1} * stride + dim};
}

bool Overlap(const Columns& a, const Columns& b) { return a.first < b.end && b.first < a.end; }

// The layer behind q, if this attention alone reads it and the columns of q are for q only.
std::optional<DenseLayer> QueryLayer(const Rewriter& r, const Node& node, const Columns& q) {
  const auto* op = OpOf<plan::AttentionT>(&node);
  ValueId v = node.inputs[0];
  if (node.inputs[1] == v && Overlap(q, ColumnsOf(*op, op->k_column, op->k_head_stride, op->head_dim))) return {};
  if (node.inputs[2] == v && Overlap(q, ColumnsOf(*op, op->v_column, op->v_head_stride, op->value_dim))) return {};
  const int64_t columns = LastDim(r.shape(v));
  while (r.read_once(v)) {
    Node* maker = r.producer(v);
    if (OpOf<plan::ReshapeT>(maker) == nullptr) {
      auto layer = MatchDense(maker);
      return layer && layer->plain() && r.graph().is_constant(layer->weight) ? layer : std::nullopt;
    }
    v = maker->inputs[0];
    if (LastDim(r.shape(v)) != columns) return {};
  }
  return {};
}

}  // namespace

Result<int> FoldAttentionScale(Graph* graph) {
  Rewriter r(graph);
  for (Node* node : r.Nodes()) {
    auto* op = OpOf<plan::AttentionT>(node);
    if (op == nullptr || r.dead(node) || op->scale == 1.0f) continue;
    const Columns q = ColumnsOf(*op, op->q_column, op->q_head_stride, op->head_dim);
    auto layer = QueryLayer(r, *node, q);
    if (!layer) continue;
    std::vector<float> factors(static_cast<size_t>(LastDim(r.shape(layer->node->outputs[0]))), 1.0f);
    std::fill(factors.begin() + q.first, factors.begin() + q.end, op->scale);
    const auto n = static_cast<int64_t>(factors.size());
    const ValueId factor = r.AddConstant(Tensor::FromF32({n}, factors), node->name);
    for (ValueId* part : {&layer->weight, &layer->bias, &layer->row_bias}) {
      if (*part == kNoValue) continue;
      VITRT_ASSIGN_OR_RETURN(*part, r.Add(ops::Binary(plan::BinaryFn::Mul), {*part, factor}, *layer->node));
    }
    VITRT_ASSIGN_OR_RETURN(const ValueId y, AddDense(r, *layer, *layer->node));
    r.Replace(layer->node->outputs[0], y);
    op->scale = 1.0f;
  }
  return r.Finish();
}

}  // namespace vitrt::convert

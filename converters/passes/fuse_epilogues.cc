// Activation and residual leave a linear layer or convolution with its sums.
//
//   Gelu(Linear(x))         -> Linear(x; act = Gelu)
//   Linear(x) + r           -> Linear(x, residual = r)       also after an activation: y = act(..) + r
// Reshapes in between stay, after the layer.
#include <algorithm>

#include "converters/passes/dense_layer.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// The layer that makes `v`, alone and through reshapes only.
std::optional<DenseLayer> LayerBehind(const Rewriter& r, ValueId v) {
  while (r.read_once(v)) {
    Node* node = r.producer(v);
    if (auto layer = MatchDense(node)) return layer;
    if (OpOf<plan::ReshapeT>(node) == nullptr) return {};
    v = node->inputs[0];
  }
  return {};
}

bool IsEpilogueFunction(plan::UnaryFn fn) { return fn <= plan::UnaryFn::Clip && fn != plan::UnaryFn::Elu; }

Result<ValueId> TakeActivation(Rewriter& r, const Node& node) {
  const auto* unary = OpOf<plan::UnaryT>(&node);
  if (unary == nullptr || !IsEpilogueFunction(ops::ActivationOf(unary->act).fn())) return kNoValue;
  auto layer = LayerBehind(r, node.inputs[0]);
  if (!layer || !layer->plain()) return kNoValue;
  layer->act = ops::ActivationOf(unary->act);
  VITRT_ASSIGN_OR_RETURN(const ValueId y, AddDense(r, *layer, node));
  return r.AddReshape(y, r.shape(node.outputs[0]), node);
}

// `other`, seen as rows of the layer's output: the same rows, or for a linear layer a whole number of times as many.
Result<ValueId> AsResidual(Rewriter& r, const DenseLayer& layer, ValueId other, const Shape& sum, const Node& at) {
  const Shape out = r.shape(layer.node->outputs[0]);
  const Shape own = r.shape(other);
  if (LastDim(out) != LastDim(sum) || r.dtype(other) != DType::F32) return kNoValue;
  if (own == sum) return r.AddReshape(other, out, at);
  if (layer.is_conv || LastDim(own) != LastDim(sum)) return kNoValue;
  const Shape padded = Padded(own, sum.size());  // ones in front, then whole axes
  size_t first = 0;
  while (first < padded.size() && padded[first] == 1) ++first;
  return std::equal(padded.begin() + static_cast<std::ptrdiff_t>(first), padded.end(),
                    sum.begin() + static_cast<std::ptrdiff_t>(first))
             ? other
             : kNoValue;
}

Result<ValueId> TakeResidual(Rewriter& r, const std::vector<int>& position, const Node& node) {
  if (!IsBinary(&node, plan::BinaryFn::Add) || node.inputs[0] == node.inputs[1]) return kNoValue;
  const Shape sum = r.shape(node.outputs[0]);
  std::vector<std::pair<int, size_t>> candidates;  // the later layer first: its residual is there already
  for (const size_t i : {0, 1}) {
    const auto layer = LayerBehind(r, node.inputs[i]);
    if (!layer || layer->residual != kNoValue || r.shape(node.inputs[i]) != sum ||
        r.graph().is_constant(node.inputs[1 - i]))
      continue;
    const auto at = static_cast<size_t>(layer->node->outputs[0]);
    candidates.push_back({at < position.size() ? -position[at] : -static_cast<int>(at), i});
  }
  std::sort(candidates.begin(), candidates.end());
  for (const auto& [unused, i] : candidates) {
    DenseLayer layer = *LayerBehind(r, node.inputs[i]);
    VITRT_ASSIGN_OR_RETURN(layer.residual, AsResidual(r, layer, node.inputs[1 - i], sum, node));
    if (layer.residual == kNoValue) continue;
    VITRT_ASSIGN_OR_RETURN(const ValueId y, AddDense(r, layer, node));
    return r.AddReshape(y, sum, node);
  }
  return kNoValue;
}

}  // namespace

Result<int> FuseEpilogues(Graph* graph) {
  std::vector<int> position(static_cast<size_t>(graph->num_values()), -1);  // of each value's producer
  for (size_t i = 0; i < graph->nodes.size(); ++i) {
    for (ValueId v : graph->nodes[i]->outputs) position[static_cast<size_t>(v)] = static_cast<int>(i);
  }
  Rewriter r(graph);
  for (Node* node : r.Nodes()) {
    if (r.dead(node)) continue;
    VITRT_ASSIGN_OR_RETURN(ValueId y, TakeActivation(r, *node));
    if (y == kNoValue) {
      VITRT_ASSIGN_OR_RETURN(y, TakeResidual(r, position, *node));
    }
    if (y != kNoValue) r.Replace(node->outputs[0], y);
  }
  return r.Finish();
}

}  // namespace vitrt::convert

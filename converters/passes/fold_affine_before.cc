// What precedes linear layers and is affine becomes part of them, where nobody else reads it.
//
//   Linear(LayerNorm(x, gamma, beta), W, b) -> Linear(LayerNorm(x), gamma*W, b + beta W)
//   Linear(x * g, W, b)                     -> Linear(x, g*W, b)                 g [k]: rows of W
//   Linear(x + c, W, b)                     -> Linear(x, W, b + c W)             c [k]
//   Linear(x + c, W, b)                     -> Linear(x, W, b, row_bias = c W)   c [rows, k]: position embeddings
// A convolution without padding and groups takes factors and addends per channel likewise (normalisation in the model).
#include <algorithm>

#include "converters/passes/dense_layer.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// x = input * scale + shift; either may be absent. scale [k], shift [period, k].
struct Affine {
  ValueId input = kNoValue, scale = kNoValue, shift = kNoValue;
};

Result<std::optional<Affine>> MatchLayerNormAffine(Rewriter& r, const Node& node) {
  const auto* norm = OpOf<plan::LayerNormT>(&node);
  if (norm == nullptr) return std::optional<Affine>();
  std::vector<ValueId> inputs = node.inputs;
  inputs.resize(3, kNoValue);
  if (inputs[1] == kNoValue && inputs[2] == kNoValue) return std::optional<Affine>();
  for (const size_t i : {1, 2}) {
    if (inputs[i] != kNoValue && !r.graph().is_constant(inputs[i])) return std::optional<Affine>();
  }
  Affine affine{kNoValue, inputs[1], inputs[2]};
  if (affine.shift != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(affine.shift, r.AddReshape(affine.shift, {1, LastDim(r.shape(affine.shift))}, node));
  }
  VITRT_ASSIGN_OR_RETURN(affine.input, r.Add(plan::LayerNormT(*norm), {inputs[0], kNoValue, kNoValue}, node));
  return std::optional(affine);
}

Result<std::optional<Affine>> MatchConstantAffine(Rewriter& r, const Node& node) {
  using plan::BinaryFn;
  const auto m = MatchWithConstant(r.graph(), &node);
  if (!m) return std::optional<Affine>();
  const bool commutes = m->fn == BinaryFn::Add || m->fn == BinaryFn::Mul,
             reversible = m->fn == BinaryFn::Sub || m->fn == BinaryFn::Div;
  if (!commutes && !(reversible && !m->constant_first)) return std::optional<Affine>();
  const Shape& shape = r.shape(node.outputs[0]);
  if (shape.empty()) return std::optional<Affine>();
  VITRT_ASSIGN_OR_RETURN(ValueId c, AsRowBias(r, m->constant, shape, node));
  Affine affine{m->x, kNoValue, kNoValue};
  if (m->fn == BinaryFn::Add || m->fn == BinaryFn::Sub) {
    if (m->fn == BinaryFn::Sub) {
      const ValueId minus_one = r.AddConstant(Tensor::FromF32({1}, {-1.0f}), node.name);
      VITRT_ASSIGN_OR_RETURN(c, r.Add(ops::Binary(BinaryFn::Mul), {c, minus_one}, node));
    }
    affine.shift = c;
    return std::optional(affine);
  }
  if (r.shape(c)[0] != 1) return std::optional<Affine>();
  VITRT_ASSIGN_OR_RETURN(affine.scale, r.AddReshape(c, {LastDim(shape)}, node));
  if (m->fn == BinaryFn::Div) {
    const ValueId one = r.AddConstant(Tensor::FromF32({1}, {1.0f}), node.name);
    VITRT_ASSIGN_OR_RETURN(affine.scale, r.Add(ops::Binary(BinaryFn::Div), {one, affine.scale}, node));
  }
  return std::optional(affine);
}

// A Linear, or a Conv2d whose every output sees a whole window.
bool TakesAffine(const Rewriter& r, Node* node, bool per_channel) {
  const auto layer = MatchDense(node);
  if (!layer || !r.graph().is_constant(layer->weight)) return false;
  if (!layer->is_conv) return true;
  const auto* conv = OpOf<plan::Conv2dT>(node);
  return per_channel && conv->groups == 1 &&
         std::all_of(conv->pads.begin(), conv->pads.end(), [](int32_t pad) { return pad == 0; });
}

// All readers take `v` as x and nothing else.
bool OnlyFeedsLayers(const Rewriter& r, ValueId v, bool per_channel) {
  if (r.is_output(v) || r.readers(v).empty()) return false;
  return std::all_of(r.readers(v).begin(), r.readers(v).end(), [&](Node* reader) {
    return TakesAffine(r, reader, per_channel) && std::count(reader->inputs.begin(), reader->inputs.end(), v) == 1 &&
           reader->inputs[0] == v;
  });
}

// shift [period, k] times the weight, summed over the window: [period, n].
Result<ValueId> ThroughWeight(Rewriter& r, ValueId shift, ValueId weight, const Node& at) {
  const Shape w = r.shape(weight);
  if (w.size() == 2) return r.Add(ops::MatMul(), {shift, weight}, at);
  VITRT_ASSIGN_OR_RETURN(const ValueId taps, r.AddReshape(weight, {w[0] * w[1], w[2], w[3]}, at));
  VITRT_ASSIGN_OR_RETURN(const ValueId each, r.Add(ops::MatMul(), {shift, taps}, at));
  return r.Add(ops::Reduce(plan::ReduceFn::Sum, {0}, false), {each}, at);
}

Status Fold(Rewriter& r, const Affine& affine, Node* reader) {
  DenseLayer layer = *MatchDense(reader);
  const Shape w = r.shape(layer.weight);
  const int64_t k = w[w.size() - 2], n = w.back();
  layer.x = affine.input;
  if (affine.shift != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(ValueId moved, ThroughWeight(r, affine.shift, layer.weight, *reader));
    if (r.shape(moved)[0] == 1) {
      VITRT_ASSIGN_OR_RETURN(moved, r.AddReshape(moved, {n}, *reader));
      VITRT_ASSIGN_OR_RETURN(layer.bias, AddAbsent(r, layer.bias, moved, *reader));
    } else {
      VITRT_ASSIGN_OR_RETURN(layer.row_bias,
                             AddRowBiases(r, layer.row_bias, moved, Rows(r.shape(reader->outputs[0])), *reader));
    }
  }
  if (affine.scale != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(const ValueId column, r.AddReshape(affine.scale, {k, 1}, *reader));
    VITRT_ASSIGN_OR_RETURN(layer.weight, r.Add(ops::Binary(plan::BinaryFn::Mul), {layer.weight, column}, *reader));
  }
  VITRT_ASSIGN_OR_RETURN(const ValueId y, AddDense(r, layer, *reader));
  r.Replace(reader->outputs[0], y);
  return {};
}

}  // namespace

Result<int> FoldAffineBefore(Graph* graph) {
  return RewriteToFixpoint(graph, [](Rewriter& r, Node& node) -> Result<ValueId> {
    if (!OnlyFeedsLayers(r, node.outputs[0], true)) return kNoValue;
    VITRT_ASSIGN_OR_RETURN(std::optional<Affine> affine, MatchLayerNormAffine(r, node));
    if (!affine) {
      VITRT_ASSIGN_OR_RETURN(affine, MatchConstantAffine(r, node));
    }
    const bool per_channel = affine && (affine->shift == kNoValue || r.shape(affine->shift)[0] == 1);
    if (!affine || !OnlyFeedsLayers(r, node.outputs[0], per_channel)) return kNoValue;
    for (Node* reader : std::vector<Node*>(r.readers(node.outputs[0]))) {
      VITRT_RETURN_IF_ERROR(Fold(r, *affine, reader));
    }
    return kNoValue;  // the readers changed, not the node
  });
}

}  // namespace vitrt::convert

// What follows a linear layer or convolution and is affine becomes part of it: bias, batch norm, LayerScale, positions.
//
//   Linear(x, W, b) * g           -> Linear(x, W*g, b*g)                 g [n] or uniform
//   Linear(x, W, b) + c           -> Linear(x, W, b + c)                 c [n] or uniform
//   Linear(x, W, b) + c [rows, n] -> Linear(x, W, b, row_bias = c)       one row per token
#include "converters/passes/dense_layer.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// Multiplies the columns of weight, bias and row_bias by c [n] (or by its inverse).
Status Scale(Rewriter& r, DenseLayer* layer, plan::BinaryFn fn, ValueId c, const Node& at) {
  for (ValueId* part : {&layer->weight, &layer->bias, &layer->row_bias}) {
    if (*part == kNoValue) continue;
    VITRT_ASSIGN_OR_RETURN(*part, r.Add(ops::Binary(fn), {*part, c}, at));
  }
  return {};
}

Result<ValueId> Fold(Rewriter& r, DenseLayer layer, const WithConstant& m, const Node& node) {
  using plan::BinaryFn;
  const Shape& out = r.shape(layer.node->outputs[0]);
  const int64_t n = LastDim(out);
  VITRT_ASSIGN_OR_RETURN(ValueId c, AsRowBias(r, m.constant, out, node));
  const bool per_channel = r.shape(c)[0] == 1;
  if (per_channel) {
    VITRT_ASSIGN_OR_RETURN(c, r.AddReshape(c, {n}, node));
  }
  if (m.fn == BinaryFn::Mul || m.fn == BinaryFn::Div) {
    if (!per_channel || (m.fn == BinaryFn::Div && m.constant_first)) return kNoValue;
    VITRT_RETURN_IF_ERROR(Scale(r, &layer, m.fn, c, node));
    return AddDense(r, layer, node);
  }
  if (m.fn == BinaryFn::Sub) {  // y - c = y + (-c);  c - y = (-y) + c
    const ValueId minus_one = r.AddConstant(Tensor::FromF32({1}, {-1.0f}), node.name);
    if (m.constant_first) {
      VITRT_RETURN_IF_ERROR(Scale(r, &layer, BinaryFn::Mul, minus_one, node));
    } else {
      VITRT_ASSIGN_OR_RETURN(c, r.Add(ops::Binary(BinaryFn::Mul), {c, minus_one}, node));
    }
  } else if (m.fn != BinaryFn::Add) {
    return kNoValue;
  }
  if (per_channel) {
    VITRT_ASSIGN_OR_RETURN(layer.bias, AddAbsent(r, layer.bias, c, node));
  } else {
    if (layer.is_conv && r.shape(c)[0] != Rows(out)) {
      plan::TileT tile;
      tile.repeats = {Rows(out) / r.shape(c)[0], 1};
      VITRT_ASSIGN_OR_RETURN(c, r.Add(std::move(tile), {c}, node));
    }
    VITRT_ASSIGN_OR_RETURN(layer.row_bias, AddRowBiases(r, layer.row_bias, c, Rows(out), node));
  }
  return AddDense(r, layer, node);
}

}  // namespace

Result<int> FoldAffineAfter(Graph* graph) {
  return RewriteToFixpoint(graph, [](Rewriter& r, Node& node) -> Result<ValueId> {
    const auto m = MatchWithConstant(r.graph(), &node);
    if (!m || !r.read_once(m->x)) return kNoValue;
    const auto layer = MatchDense(r.producer(m->x));
    if (!layer || !layer->plain() || !r.graph().is_constant(layer->weight)) return kNoValue;
    return Fold(r, *layer, *m, node);
  });
}

}  // namespace vitrt::convert

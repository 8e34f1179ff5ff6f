#include "converters/passes/dense_layer.h"

#include "runtime/base/check.h"

namespace vitrt::convert {

std::optional<DenseLayer> MatchDense(Node* node) {
  DenseLayer layer;
  layer.node = node;
  if (const auto* linear = OpOf<plan::LinearT>(node)) {
    layer.act = ops::ActivationOf(linear->act);
  } else if (const auto* conv = OpOf<plan::Conv2dT>(node); conv != nullptr && conv->channels_last) {
    layer.act = ops::ActivationOf(conv->act);
    layer.is_conv = true;
  } else {
    return {};
  }
  auto input = [&](size_t i) { return i < node->inputs.size() ? node->inputs[i] : kNoValue; };
  layer.x = input(DenseLayer::kX);
  layer.weight = input(DenseLayer::kWeight);
  layer.bias = input(DenseLayer::kBias);
  layer.row_bias = input(DenseLayer::kRowBias);
  layer.residual = input(DenseLayer::kResidual);
  return layer;
}

Result<ValueId> AddDense(Rewriter& r, const DenseLayer& layer, const Node& at) {
  if (layer.is_conv) {
    plan::Conv2dT conv = *OpOf<plan::Conv2dT>(layer.node);
    conv.act = std::make_unique<plan::Activation>(layer.act);
    return r.Add(std::move(conv), layer.inputs(), at);
  }
  plan::LinearT linear;
  linear.act = std::make_unique<plan::Activation>(layer.act);
  return r.Add(std::move(linear), layer.inputs(), at);
}

Result<ValueId> AddAbsent(Rewriter& r, ValueId a, ValueId b, const Node& at) {
  if (a == kNoValue) return b;
  if (b == kNoValue) return a;
  return r.Add(ops::Binary(plan::BinaryFn::Add), {a, b}, at);
}

Result<ValueId> AddRowBiases(Rewriter& r, ValueId a, ValueId b, int64_t rows, const Node& at) {
  if (a == kNoValue || b == kNoValue || r.shape(a) == r.shape(b)) return AddAbsent(r, a, b, at);
  for (ValueId* v : {&a, &b}) {
    const Shape shape = r.shape(*v);
    plan::TileT tile;
    tile.repeats = {rows / shape[0], 1};
    VITRT_ASSIGN_OR_RETURN(*v, r.Add(std::move(tile), {*v}, at));
  }
  return AddAbsent(r, a, b, at);
}

Result<ValueId> AsRowBias(Rewriter& r, ValueId c, const Shape& shape, const Node& at) {
  const Shape padded = Padded(r.shape(c), shape.size());
  size_t first = 0;  // the first axis along which c varies; a single row where none before the last
  while (first + 1 < shape.size() && padded[first] == 1) ++first;
  Shape full(shape.begin() + static_cast<std::ptrdiff_t>(first), shape.end());
  VITRT_ASSIGN_OR_RETURN(ValueId v,
                         r.AddReshape(c, Shape(padded.begin() + static_cast<std::ptrdiff_t>(first), padded.end()), at));
  if (r.shape(v) != full) {
    VITRT_ASSIGN_OR_RETURN(v, r.Add(plan::ExpandT{}, {v}, at, ValueType{DType::F32, full}));
  }
  return r.AddReshape(v, {Rows(full), LastDim(full)}, at);
}

}  // namespace vitrt::convert

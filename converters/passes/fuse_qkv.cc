// Linear layers on one input that only attention reads become one: query, key and value in one pass over x.
//
//   Attention(Linear(x, Wq), Linear(x, Wk), Linear(x, Wv)) -> y = Linear(x, [Wq Wk Wv]); Attention(y, y, y; columns)
#include <algorithm>
#include <map>

#include "converters/passes/dense_layer.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// Every reader, looking through reshapes that keep the columns, is an attention that takes `v` as q, k or v.
bool OnlyAttentionReads(const Rewriter& r, ValueId v) {
  if (r.is_output(v)) return false;
  return std::all_of(r.readers(v).begin(), r.readers(v).end(), [&](const Node* reader) {
    if (OpOf<plan::AttentionT>(reader) != nullptr) return reader->inputs.size() < 4 || reader->inputs[3] != v;
    return OpOf<plan::ReshapeT>(reader) != nullptr && LastDim(r.shape(reader->outputs[0])) == LastDim(r.shape(v)) &&
           OnlyAttentionReads(r, reader->outputs[0]);
  });
}

// Reads of `old` become reads of `merged`, whose columns from `first` on they are.
Status Redirect(Rewriter& r, ValueId old, ValueId merged, int32_t first) {
  for (Node* reader : std::vector<Node*>(r.readers(old))) {
    if (OpOf<plan::ReshapeT>(reader) != nullptr) {
      Shape shape = r.shape(reader->outputs[0]);
      shape.back() = LastDim(r.shape(merged));
      VITRT_ASSIGN_OR_RETURN(const ValueId reshaped, r.AddReshape(merged, shape, *reader));
      VITRT_RETURN_IF_ERROR(Redirect(r, reader->outputs[0], reshaped, first));
      continue;
    }
    auto* attention = OpOf<plan::AttentionT>(reader);
    int32_t* columns[3] = {&attention->q_column, &attention->k_column, &attention->v_column};
    for (size_t i = 0; i < 3; ++i) {
      if (reader->inputs[i] != old) continue;
      *columns[i] += first;
      r.SetInput(reader, i, merged);
    }
  }
  return {};
}

// The layers' parts side by side; zeros where one has none.
Result<ValueId> SideBySide(Rewriter& r, const std::vector<DenseLayer>& layers, ValueId DenseLayer::*part, int64_t rows,
                           const Node& at) {
  if (std::all_of(layers.begin(), layers.end(), [&](const DenseLayer& layer) { return layer.*part == kNoValue; }))
    return kNoValue;
  std::vector<ValueId> parts;
  for (const DenseLayer& layer : layers) {
    ValueId v = layer.*part;
    const int64_t n = r.shape(layer.weight)[1];
    if (v == kNoValue) v = r.AddConstant(Tensor::Zeros(DType::F32, rows == 0 ? Shape{n} : Shape{rows, n}), at.name);
    if (rows > 0 && r.shape(v)[0] != rows) {
      plan::TileT tile;
      tile.repeats = {rows / r.shape(v)[0], 1};
      VITRT_ASSIGN_OR_RETURN(v, r.Add(std::move(tile), {v}, at));
    }
    parts.push_back(v);
  }
  return r.Add(ops::Concat(static_cast<int>(r.shape(parts[0]).size()) - 1), parts, at);
}

Status Merge(Rewriter& r, const std::vector<Node*>& nodes) {
  std::vector<DenseLayer> layers;
  int64_t row_bias_rows = 1;
  for (Node* node : nodes) {
    layers.push_back(*MatchDense(node));
    if (layers.back().row_bias == kNoValue) continue;
    const int64_t period = r.shape(layers.back().row_bias)[0];
    const bool fits = period % row_bias_rows == 0 || row_bias_rows % period == 0;
    row_bias_rows = fits ? std::max(row_bias_rows, period) : Rows(r.shape(node->outputs[0]));
  }
  const Node& at = *nodes[0];
  DenseLayer merged = layers[0];
  std::vector<ValueId> weights;
  weights.reserve(layers.size());
  for (const DenseLayer& layer : layers) weights.push_back(layer.weight);
  VITRT_ASSIGN_OR_RETURN(merged.weight, r.Add(ops::Concat(1), weights, at));
  VITRT_ASSIGN_OR_RETURN(merged.bias, SideBySide(r, layers, &DenseLayer::bias, 0, at));
  VITRT_ASSIGN_OR_RETURN(merged.row_bias, SideBySide(r, layers, &DenseLayer::row_bias, row_bias_rows, at));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, AddDense(r, merged, at));
  int64_t first = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const int64_t n = r.shape(layers[i].weight)[1];
    VITRT_RETURN_IF_ERROR(Redirect(r, nodes[i]->outputs[0], y, static_cast<int32_t>(first)));
    first += n;
  }
  return {};
}

}  // namespace

Result<int> FuseQkv(Graph* graph) {
  Rewriter r(graph);
  std::vector<ValueId> order;
  std::map<ValueId, std::vector<Node*>> by_input;
  for (Node* node : r.Nodes()) {
    const auto layer = MatchDense(node);
    if (!layer || layer->is_conv || !layer->plain() || !graph->is_constant(layer->weight) ||
        !OnlyAttentionReads(r, node->outputs[0]))
      continue;
    if (by_input[layer->x].empty()) order.push_back(layer->x);
    by_input[layer->x].push_back(node);
  }
  int merged = 0;
  for (ValueId x : order) {
    if (by_input[x].size() < 2) continue;
    VITRT_RETURN_IF_ERROR(Merge(r, by_input[x]));
    ++merged;
  }
  VITRT_RETURN_IF_ERROR(r.Finish().status());
  return merged;
}

}  // namespace vitrt::convert

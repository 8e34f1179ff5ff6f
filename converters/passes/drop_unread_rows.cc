// Rows that nobody reads are not computed: in the last block of a class-token ViT only the class token needs a query,
// an attention row, a projection and an MLP.
//
//   Slice rows(Linear(x, residual = r))  -> Linear(Slice rows(x), residual = Slice rows(r))
//   Slice rows(Attention(q, k, v))       -> Attention(Slice rows(q), k, v); a fused QKV layer gives up its q columns
// likewise LayerNorm, Unary, Binary. Only where the slice is the one reader and keeps at most half of the rows.
#include <algorithm>

#include "converters/passes/dense_layer.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// Rows [starts, starts + sizes) of a value; the last axis is whole.
struct RowSlice {
  Shape starts, sizes;
};

// The node as a slice of rows with steps 1.
std::optional<RowSlice> MatchRowSlice(const Rewriter& r, const Node* node) {
  const auto* slice = OpOf<plan::SliceT>(node);
  if (slice == nullptr || slice->starts.empty()) return {};
  const Shape &in = r.shape(node->inputs[0]), &out = r.shape(node->outputs[0]);
  if (in.back() != out.back()) return {};
  for (size_t i = 0; i < in.size(); ++i) {
    if (slice->steps[i] != 1 && out[i] != 1) return {};
  }
  return RowSlice{slice->starts, out};
}

Result<ValueId> AddSlice(Rewriter& r, ValueId v, const RowSlice& rows, const Node& at) {
  if (r.shape(v) == rows.sizes) return v;
  return r.Add(ops::Slice(rows.starts, Shape(rows.starts.size(), 1)), {v}, at, ValueType{r.dtype(v), rows.sizes});
}

// The same rows of an operand that broadcasts against the sliced value.
Result<ValueId> SliceOperand(Rewriter& r, ValueId v, const RowSlice& rows, const Node& at) {
  const Shape own = r.shape(v);
  if (own.size() > rows.sizes.size()) return kNoValue;
  const size_t missing = rows.sizes.size() - own.size();
  RowSlice part{Shape(own.size(), 0), own};
  for (size_t i = 0; i < own.size(); ++i) {
    if (own[i] == 1) continue;
    part.starts[i] = rows.starts[i + missing];
    part.sizes[i] = rows.sizes[i + missing];
  }
  return AddSlice(r, v, part, at);
}

Result<ValueId> BelowElementwise(Rewriter& r, const Node& node, const RowSlice& rows) {
  std::vector<ValueId> inputs = node.inputs;
  const bool binary = node.op.type == plan::Op::Binary;
  for (size_t i = 0; i < (binary ? 2u : 1u); ++i) {
    VITRT_ASSIGN_OR_RETURN(inputs[i], SliceOperand(r, inputs[i], rows, node));
    if (inputs[i] == kNoValue) return kNoValue;
  }
  return r.AddUnion(plan::OpUnion(node.op), std::move(inputs), node);
}

// A matrix [period, n] that repeats over the rows of `whole`, for the sliced rows.
Result<ValueId> SliceRowBias(Rewriter& r, ValueId v, const Shape& whole, const RowSlice& rows, const Node& at) {
  if (r.shape(v)[0] != Rows(whole)) {
    plan::TileT tile;
    tile.repeats = {Rows(whole) / r.shape(v)[0], 1};
    VITRT_ASSIGN_OR_RETURN(v, r.Add(std::move(tile), {v}, at));
  }
  VITRT_ASSIGN_OR_RETURN(v, r.AddReshape(v, whole, at));
  VITRT_ASSIGN_OR_RETURN(v, AddSlice(r, v, rows, at));
  return r.AddReshape(v, {Rows(rows.sizes), rows.sizes.back()}, at);
}

Result<ValueId> BelowLinear(Rewriter& r, Node* node, const RowSlice& rows) {
  DenseLayer layer = *MatchDense(node);
  const Shape whole = r.shape(node->outputs[0]);
  if (layer.residual != kNoValue && NumElements(r.shape(layer.residual)) != NumElements(whole)) return kNoValue;
  RowSlice inner = rows;
  inner.sizes.back() = r.shape(layer.weight)[0];
  VITRT_ASSIGN_OR_RETURN(layer.x, AddSlice(r, layer.x, inner, *node));
  if (layer.row_bias != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(layer.row_bias, SliceRowBias(r, layer.row_bias, whole, rows, *node));
  }
  if (layer.residual != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(layer.residual, r.AddReshape(layer.residual, whole, *node));
    VITRT_ASSIGN_OR_RETURN(layer.residual, AddSlice(r, layer.residual, rows, *node));
  }
  return AddDense(r, layer, *node);
}

// Columns [first, end) of a plain layer, of `x`.
Result<ValueId> AddColumns(Rewriter& r, DenseLayer layer, ValueId x, int64_t first, int64_t end, const Node& at) {
  layer.x = x;
  const int64_t k = r.shape(layer.weight)[0];
  VITRT_ASSIGN_OR_RETURN(layer.weight, AddSlice(r, layer.weight, {{0, first}, {k, end - first}}, at));
  if (layer.bias != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(layer.bias, AddSlice(r, layer.bias, {{first}, {end - first}}, at));
  }
  if (layer.row_bias != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(layer.row_bias,
                           AddSlice(r, layer.row_bias, {{0, first}, {r.shape(layer.row_bias)[0], end - first}}, at));
  }
  return AddDense(r, layer, at);
}

// One layer makes q, k and v for this attention only: split it into q, and k with v.
Status SplitQuery(Rewriter& r, const Node& node, plan::AttentionT* op, std::vector<ValueId>* inputs) {
  const ValueId shared = (*inputs)[0];
  if ((*inputs)[1] != shared || (*inputs)[2] != shared || !r.read_once(shared)) return {};
  ValueId behind = shared;
  if (OpOf<plan::ReshapeT>(r.producer(shared)) != nullptr) behind = r.producer(shared)->inputs[0];
  const auto layer = MatchDense(r.producer(behind));
  const Shape shape = r.shape(shared);
  if (!layer || layer->is_conv || !layer->plain() || !r.read_once(behind) || LastDim(r.shape(behind)) != LastDim(shape))
    return {};
  const auto end_of = [&](int32_t column, int32_t stride, int32_t dim) {
    return int64_t{column} + int64_t{op->heads - 1} * stride + dim;
  };
  const int64_t q_first = op->q_column, q_end = end_of(op->q_column, op->q_head_stride, op->head_dim);
  const int64_t first = std::min(op->k_column, op->v_column);
  const int64_t end = std::max(end_of(op->k_column, op->k_head_stride, op->head_dim),
                               end_of(op->v_column, op->v_head_stride, op->value_dim));
  if (q_first < end && first < q_end) return {};
  VITRT_ASSIGN_OR_RETURN(ValueId q, AddColumns(r, *layer, layer->x, q_first, q_end, node));
  VITRT_ASSIGN_OR_RETURN(ValueId kv, AddColumns(r, *layer, layer->x, first, end, node));
  Shape lead(shape.begin(), shape.end() - 1);
  lead.push_back(q_end - q_first);
  VITRT_ASSIGN_OR_RETURN(q, r.AddReshape(q, lead, node));
  lead.back() = end - first;
  VITRT_ASSIGN_OR_RETURN(kv, r.AddReshape(kv, lead, node));
  *inputs = {q, kv, kv, inputs->size() > 3 ? (*inputs)[3] : kNoValue};
  op->q_column = 0;
  op->k_column -= static_cast<int32_t>(first);
  op->v_column -= static_cast<int32_t>(first);
  return {};
}

// The slice may only choose query rows, of all problems.
Result<ValueId> BelowAttention(Rewriter& r, const Node& node, const RowSlice& rows) {
  plan::AttentionT op = *OpOf<plan::AttentionT>(&node);
  const Shape& out = r.shape(node.outputs[0]);
  const size_t axis = out.size() - 2;
  for (size_t i = 0; i < axis; ++i) {
    if (rows.sizes[i] != out[i]) return kNoValue;
  }
  if (op.causal) return kNoValue;
  const int64_t start = rows.starts[axis], count = rows.sizes[axis];
  std::vector<ValueId> inputs = node.inputs;
  VITRT_RETURN_IF_ERROR(SplitQuery(r, node, &op, &inputs));
  RowSlice q_rows{Shape(r.shape(inputs[0]).size(), 0), r.shape(inputs[0])};
  q_rows.starts[q_rows.starts.size() - 2] = start;
  q_rows.sizes[q_rows.sizes.size() - 2] = count;
  VITRT_ASSIGN_OR_RETURN(inputs[0], AddSlice(r, inputs[0], q_rows, node));
  if (inputs.size() > 3 && inputs[3] != kNoValue && r.shape(inputs[3]).size() >= 2 &&
      r.shape(inputs[3])[r.shape(inputs[3]).size() - 2] != 1) {
    RowSlice bias_rows{Shape(r.shape(inputs[3]).size(), 0), r.shape(inputs[3])};
    bias_rows.starts[bias_rows.starts.size() - 2] = start;
    bias_rows.sizes[bias_rows.sizes.size() - 2] = count;
    VITRT_ASSIGN_OR_RETURN(inputs[3], AddSlice(r, inputs[3], bias_rows, node));
  }
  return r.Add(op, std::move(inputs), node);
}

// A reshape that only adds or drops axes of size 1.
Result<ValueId> BelowReshape(Rewriter& r, const Node& node, const RowSlice& rows) {
  const Shape in = r.shape(node.inputs[0]), out = r.shape(node.outputs[0]);
  RowSlice inner{Shape(in.size(), 0), in};
  size_t j = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i] == 1) continue;
    while (j < out.size() && out[j] == 1) ++j;
    if (j == out.size() || out[j] != in[i]) return kNoValue;
    inner.starts[i] = rows.starts[j];
    inner.sizes[i] = rows.sizes[j++];
  }
  if (in.empty() || inner.sizes.back() != in.back()) return kNoValue;
  VITRT_ASSIGN_OR_RETURN(const ValueId y, AddSlice(r, node.inputs[0], inner, node));
  return r.AddReshape(y, rows.sizes, node);
}

Result<ValueId> Below(Rewriter& r, Node* node, const RowSlice& rows) {
  if (node == nullptr) return kNoValue;
  switch (node->op.type) {
    case plan::Op::Unary:
    case plan::Op::Binary:
    case plan::Op::LayerNorm:
      return BelowElementwise(r, *node, rows);
    case plan::Op::Linear:
      return BelowLinear(r, node, rows);
    case plan::Op::Attention:
      return BelowAttention(r, *node, rows);
    case plan::Op::Reshape:
      return BelowReshape(r, *node, rows);
    default:
      return kNoValue;
  }
}

// Several slices of one value (two class tokens of a distilled model) read one slice that covers them.
Status CoverSlices(Rewriter& r, ValueId v) {
  const std::vector<Node*> readers = r.readers(v);
  if (readers.size() < 2 || r.is_output(v)) return {};
  RowSlice cover;
  for (const Node* reader : readers) {
    const auto rows = MatchRowSlice(r, reader);
    if (!rows) return {};
    if (cover.starts.empty()) cover = *rows;
    for (size_t i = 0; i < cover.starts.size(); ++i) {
      const int64_t end = std::max(cover.starts[i] + cover.sizes[i], rows->starts[i] + rows->sizes[i]);
      cover.starts[i] = std::min(cover.starts[i], rows->starts[i]);
      cover.sizes[i] = end - cover.starts[i];
    }
  }
  if (2 * Rows(cover.sizes) > Rows(r.shape(v))) return {};
  VITRT_ASSIGN_OR_RETURN(const ValueId covered, AddSlice(r, v, cover, *readers[0]));
  for (Node* reader : readers) {
    RowSlice rows = *MatchRowSlice(r, reader);
    for (size_t i = 0; i < rows.starts.size(); ++i) rows.starts[i] -= cover.starts[i];
    VITRT_ASSIGN_OR_RETURN(const ValueId y, AddSlice(r, covered, rows, *reader));
    r.Replace(reader->outputs[0], y);
  }
  return {};
}

}  // namespace

Result<int> DropUnreadRows(Graph* graph) {
  return RewriteToFixpoint(graph, [](Rewriter& r, Node& node) -> Result<ValueId> {
    if (node.outputs.size() == 1) VITRT_RETURN_IF_ERROR(CoverSlices(r, node.outputs[0]));
    const auto rows = MatchRowSlice(r, &node);
    if (!rows || r.dead(&node)) return kNoValue;
    const ValueId v = node.inputs[0];
    if (!r.read_once(v) || 2 * Rows(rows->sizes) > Rows(r.shape(v))) return kNoValue;
    return Below(r, r.producer(v), *rows);
  });
}

}  // namespace vitrt::convert

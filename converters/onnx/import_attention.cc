// Attention (opset 23; Vaswani et al. 2017) as MatMul, scale, mask, Softmax, MatMul, which the attention pass fuses,
// and RotaryEmbedding (Su et al. 2021) as slices and products.
#include <algorithm>
#include <cmath>
#include <limits>

#include "converters/onnx/fold.h"
#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

using plan::BinaryFn;

constexpr double kMasked = -std::numeric_limits<double>::infinity();

// [b, tokens, heads * d] -> [b, heads, tokens, d]; a rank-4 value already is that.
Result<ValueId> SplitHeads(NodeContext& node, ValueId x, int64_t heads) {
  const Shape s = node.type(x).shape;
  if (s.size() == 4) return x;
  if (s.size() != 3 || heads < 1 || s[2] % heads != 0)
    return BadPlan("cannot split " + ToString(s) + " into " + std::to_string(heads) + " heads");
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Reshape(x, {s[0], s[1], heads, s[2] / heads}));
  return node.Transpose(y, {0, 2, 1, 3});
}

Result<ValueId> MergeHeads(NodeContext& node, ValueId x) {
  const Shape s = node.type(x).shape;
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Transpose(x, {0, 2, 1, 3}));
  return node.Reshape(y, {s[0], s[2], s[1] * s[3]});
}

// Grouped queries: every key (value) head serves `times` query heads that lie side by side.
Result<ValueId> RepeatHeads(NodeContext& node, ValueId x, int64_t times) {
  const Shape s = node.type(x).shape;
  if (times == 1) return x;
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Reshape(x, {s[0], s[1], 1, s[2], s[3]}));
  VITRT_ASSIGN_OR_RETURN(y, node.Expand(y, {s[0], s[1], times, s[2], s[3]}));
  return node.Reshape(y, {s[0], s[1] * times, s[2], s[3]});
}

// The mask as floats to be added: a bool mask is 0 where true, -infinity where false; a mask for fewer keys than there
// are hides the others.
Result<ValueId> AdditiveMask(NodeContext& node, ValueId mask, int64_t keys) {
  if (!node.type(mask).shape.empty() && node.type(mask).shape.back() == 1 && keys > 1)
    return node.Refuse("a mask of one key where there are " + std::to_string(keys) +
                       ": broadcast or hiding the others, the specification says both");
  if (node.type(mask).dtype == DType::Bool) {
    VITRT_ASSIGN_OR_RETURN(
        mask, node.Emit(plan::WhereT(), {mask, node.Scalar(DType::F32, 0), node.Scalar(DType::F32, kMasked)}));
  }
  const Shape shape = node.type(mask).shape;
  if (shape.empty() || shape.back() >= keys) return mask;
  plan::PadT pad;
  pad.begins.assign(shape.size(), 0);
  pad.ends.assign(shape.size(), 0);
  pad.ends.back() = keys - shape.back();
  pad.value = static_cast<float>(kMasked);
  return node.Emit(std::move(pad), {mask});
}

// Query i of batch b sees the keys up to i + offsets[b]: [queries, keys] for one offset, else [batch, 1, queries, keys].
Result<ValueId> CausalMask(NodeContext& node, int64_t queries, int64_t keys, const std::vector<int64_t>& offsets) {
  const auto batch = static_cast<int64_t>(offsets.size());
  VITRT_RETURN_IF_ERROR(CheckConstantSize({batch, queries, keys}));
  std::vector<float> mask;
  for (const int64_t offset : offsets) {
    for (int64_t i = 0; i < queries; ++i) {
      for (int64_t j = 0; j < keys; ++j) mask.push_back(j <= i + offset ? 0.0f : static_cast<float>(kMasked));
    }
  }
  return node.Add(Tensor::FromF32(batch == 1 ? Shape{queries, keys} : Shape{batch, 1, queries, keys}, mask));
}

// Keys from nonpad_kv_seqlen[b] on are padding: [b, 1, 1, keys].
Result<ValueId> LengthMask(NodeContext& node, const std::vector<int64_t>& lengths, int64_t keys) {
  std::vector<float> mask;
  for (int64_t length : lengths) {
    for (int64_t j = 0; j < keys; ++j) mask.push_back(j < length ? 0.0f : static_cast<float>(kMasked));
  }
  return node.Add(Tensor::FromF32({static_cast<int64_t>(lengths.size()), 1, 1, keys}, mask));
}

// What is added to the scores [batch, heads, queries, keys] for attn_mask, is_causal and nonpad_kv_seqlen together; kNoValue for nothing. Causal is
// counted from the last key that is no padding (the errata to opsets 23 and 24 in the specification of ONNX 1.23).
Result<ValueId> Masks(NodeContext& node, const Shape& scores, int64_t past) {
  const int64_t queries = scores[2], keys = scores[3];
  std::vector<ValueId> masks;
  if (node.has(3)) {
    VITRT_ASSIGN_OR_RETURN(const ValueId mask, AdditiveMask(node, node.in(3), keys));
    masks.push_back(mask);
  }
  std::vector<int64_t> offsets{past};
  if (node.has(6)) {
    VITRT_ASSIGN_OR_RETURN(const auto lengths, node.Integers(6));
    const bool fits = std::all_of(lengths->begin(), lengths->end(), [&](int64_t n) { return n >= 0 && n <= keys; });
    if (!fits || static_cast<int64_t>(lengths->size()) != scores[0])
      return BadPlan("nonpad_kv_seqlen does not fit scores " + ToString(scores));
    VITRT_ASSIGN_OR_RETURN(const ValueId mask, LengthMask(node, *lengths, keys));
    masks.push_back(mask);
    if (past == 0) {
      offsets = *lengths;
      for (int64_t& offset : offsets) offset -= queries;
    }
  }
  VITRT_ASSIGN_OR_RETURN(const int64_t causal, node.Int("is_causal", 0));
  if (causal) {
    VITRT_ASSIGN_OR_RETURN(const ValueId mask, CausalMask(node, queries, keys, offsets));
    masks.push_back(mask);
  }
  ValueId sum = masks.empty() ? kNoValue : masks[0];
  for (size_t i = 1; i < masks.size(); ++i) {
    VITRT_ASSIGN_OR_RETURN(sum, node.Binary(BinaryFn::Add, sum, masks[i]));
  }
  return sum;
}

// Softmax of the scores, and 0 for a query whose keys are all hidden (the same errata; ONNX Runtime does so, too), where
// Softmax has NaN. -infinity hides a key, the lowest finite number does not: ONNX Runtime takes both for hidden.
Result<ValueId> Weights(NodeContext& node, ValueId scores, ValueId mask) {
  VITRT_ASSIGN_OR_RETURN(const ValueId weights, node.Emit(ops::Softmax(3), {scores}));
  if (mask == kNoValue) return weights;
  if (node.type(mask).shape.empty()) {
    VITRT_ASSIGN_OR_RETURN(mask, node.Reshape(mask, {1}));
  }
  const auto last = static_cast<int32_t>(node.type(mask).shape.size()) - 1;
  VITRT_ASSIGN_OR_RETURN(const ValueId peak, node.Emit(ops::Reduce(plan::ReduceFn::Max, {last}, true), {mask}));
  VITRT_ASSIGN_OR_RETURN(const ValueId hidden, node.Binary(BinaryFn::Equal, peak, node.Scalar(DType::F32, kMasked)));
  VITRT_ASSIGN_OR_RETURN(const auto known, node.Constant(hidden));
  if (known && std::none_of(known->boolean(), known->boolean() + known->size(), [](uint8_t row) { return row != 0; }))
    return weights;
  return node.Emit(plan::WhereT(), {hidden, node.Scalar(DType::F32, 0), weights});
}

Status ImportAttention(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  VITRT_ASSIGN_OR_RETURN(const int64_t q_heads, node.Int("q_num_heads", 0));
  VITRT_ASSIGN_OR_RETURN(const int64_t kv_heads, node.Int("kv_num_heads", 0));
  VITRT_ASSIGN_OR_RETURN(const int64_t mode, node.Int("qk_matmul_output_mode", 0));
  VITRT_ASSIGN_OR_RETURN(const float softcap, node.Float("softcap", 0));
  for (const char* window : {"left_window_size", "right_window_size"}) {
    VITRT_ASSIGN_OR_RETURN(const int64_t size, node.Int(window, -1));
    if (size >= 0) return node.Refuse("attention windows are not supported");
  }
  VITRT_ASSIGN_OR_RETURN(const ValueId q, SplitHeads(node, node.in(0), q_heads));
  VITRT_ASSIGN_OR_RETURN(ValueId k, SplitHeads(node, node.in(1), kv_heads));
  VITRT_ASSIGN_OR_RETURN(ValueId v, SplitHeads(node, node.in(2), kv_heads));
  int64_t past = 0;
  if (node.has(4) && node.has(5)) {
    if (node.rank(4) != 4 || node.rank(5) != 4) return BadPlan("past_key and past_value must have four dims");
    past = node.shape(4)[2];
    VITRT_ASSIGN_OR_RETURN(k, node.Emit(ops::Concat(2), {node.in(4), k}));
    VITRT_ASSIGN_OR_RETURN(v, node.Emit(ops::Concat(2), {node.in(5), v}));
  }
  VITRT_RETURN_IF_ERROR(node.Output(k, 1));
  VITRT_RETURN_IF_ERROR(node.Output(v, 2));
  const Shape qs = node.type(q).shape, ks = node.type(k).shape;
  if (ks[1] < 1 || qs[1] % ks[1] != 0 || qs[3] < 1) return BadPlan("query heads are no multiple of key heads");
  VITRT_ASSIGN_OR_RETURN(k, RepeatHeads(node, k, qs[1] / ks[1]));
  VITRT_ASSIGN_OR_RETURN(v, RepeatHeads(node, v, qs[1] / ks[1]));
  VITRT_ASSIGN_OR_RETURN(const float scale,
                         node.Float("scale", static_cast<float>(1 / std::sqrt(static_cast<double>(qs[3])))));

  VITRT_ASSIGN_OR_RETURN(const ValueId k_transposed, node.Transpose(k, {0, 1, 3, 2}));
  VITRT_ASSIGN_OR_RETURN(ValueId scores, node.Emit(ops::MatMul(), {q, k_transposed}));
  VITRT_ASSIGN_OR_RETURN(scores, node.Scale(scores, double{scale}));
  std::vector<ValueId> stages{scores};  // what qk_matmul_output_mode may ask for
  // The cap comes before the masks: it would make their infinities finite.
  if (softcap > 0) {
    VITRT_ASSIGN_OR_RETURN(scores, node.Scale(scores, 1 / double{softcap}));
    VITRT_ASSIGN_OR_RETURN(scores, node.Unary(plan::UnaryFn::Tanh, scores));
    VITRT_ASSIGN_OR_RETURN(scores, node.Scale(scores, double{softcap}));
  }
  stages.push_back(scores);
  VITRT_ASSIGN_OR_RETURN(const ValueId mask, Masks(node, node.type(scores).shape, past));
  if (mask != kNoValue) {
    VITRT_ASSIGN_OR_RETURN(scores, node.Binary(BinaryFn::Add, scores, mask));
  }
  stages.push_back(scores);
  VITRT_ASSIGN_OR_RETURN(scores, Weights(node, scores, mask));
  stages.push_back(scores);
  if (mode < 0 || mode > 3) return BadPlan("qk_matmul_output_mode must be 0 to 3");
  VITRT_RETURN_IF_ERROR(node.Output(stages[static_cast<size_t>(mode)], 3));
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Emit(ops::MatMul(), {scores, v}));
  if (node.rank(0) == 3) {
    VITRT_ASSIGN_OR_RETURN(y, MergeHeads(node, y));
  }
  return node.Output(y);
}

// The first `rotary` columns of each head are rotated in pairs: (i, i + rotary / 2), or neighbours if interleaved. The
// caches hold cos and sin per position: [positions, rotary / 2] with position_ids, else [b, tokens, rotary / 2].
Status ImportRotaryEmbedding(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(3));
  VITRT_ASSIGN_OR_RETURN(const int64_t interleaved, node.Int("interleaved", 0));
  VITRT_ASSIGN_OR_RETURN(const int64_t heads, node.Int("num_heads", 0));
  VITRT_ASSIGN_OR_RETURN(int64_t rotary, node.Int("rotary_embedding_dim", 0));
  VITRT_ASSIGN_OR_RETURN(const ValueId x, SplitHeads(node, node.in(0), heads));
  const Shape shape = node.type(x).shape;  // [b, heads, tokens, d]
  if (rotary == 0) rotary = shape[3];
  const int64_t half = rotary / 2;
  if (rotary < 2 || rotary > shape[3] || rotary % 2 != 0)
    return BadPlan("rotary_embedding_dim does not fit " + ToString(shape));
  ValueId angles[2];
  for (size_t i : {0, 1}) {
    ValueId cache = node.in(1 + i);
    if (node.has(3)) {
      VITRT_ASSIGN_OR_RETURN(cache, node.Emit(ops::Gather(0), {cache, node.in(3)}));
    }
    Shape cache_shape = node.type(cache).shape;
    if (cache_shape.size() != 3 || cache_shape[2] < half) return BadPlan("the caches do not fit");
    VITRT_ASSIGN_OR_RETURN(cache, node.Slice(cache, 2, 0, half));
    VITRT_ASSIGN_OR_RETURN(angles[i], node.Reshape(cache, {cache_shape[0], 1, cache_shape[1], half}));
  }
  VITRT_ASSIGN_OR_RETURN(const ValueId turned, node.Slice(x, 3, 0, rotary));
  ValueId parts[2];
  const Shape pairs{shape[0], shape[1], shape[2], half, 2}, part_shape{shape[0], shape[1], shape[2], half};
  for (size_t i : {0, 1}) {
    const int64_t at = static_cast<int64_t>(i);
    if (interleaved) {
      VITRT_ASSIGN_OR_RETURN(const ValueId paired, node.Reshape(turned, pairs));
      VITRT_ASSIGN_OR_RETURN(const ValueId one, node.Slice(paired, 4, at, at + 1));
      VITRT_ASSIGN_OR_RETURN(parts[i], node.Reshape(one, part_shape));
    } else {
      VITRT_ASSIGN_OR_RETURN(parts[i], node.Slice(turned, 3, at * half, (at + 1) * half));
    }
  }
  auto product = [&](size_t part, size_t angle) { return node.Binary(BinaryFn::Mul, parts[part], angles[angle]); };
  VITRT_ASSIGN_OR_RETURN(const ValueId x_cos, product(0, 0));
  VITRT_ASSIGN_OR_RETURN(const ValueId y_sin, product(1, 1));
  VITRT_ASSIGN_OR_RETURN(const ValueId x_sin, product(0, 1));
  VITRT_ASSIGN_OR_RETURN(const ValueId y_cos, product(1, 0));
  VITRT_ASSIGN_OR_RETURN(ValueId first, node.Binary(BinaryFn::Sub, x_cos, y_sin));
  VITRT_ASSIGN_OR_RETURN(ValueId second, node.Binary(BinaryFn::Add, x_sin, y_cos));
  int axis = 3;
  if (interleaved) {
    const Shape single{shape[0], shape[1], shape[2], half, 1};
    VITRT_ASSIGN_OR_RETURN(first, node.Reshape(first, single));
    VITRT_ASSIGN_OR_RETURN(second, node.Reshape(second, single));
    axis = 4;
  }
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Emit(ops::Concat(axis), {first, second}));
  VITRT_ASSIGN_OR_RETURN(y, node.Reshape(y, {shape[0], shape[1], shape[2], rotary}));
  if (rotary < shape[3]) {
    VITRT_ASSIGN_OR_RETURN(const ValueId rest, node.Slice(x, 3, rotary, shape[3]));
    VITRT_ASSIGN_OR_RETURN(y, node.Emit(ops::Concat(3), {y, rest}));
  }
  if (node.rank(0) == 3) {
    VITRT_ASSIGN_OR_RETURN(y, MergeHeads(node, y));
  }
  return node.Output(y);
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Attention", 23, kNewestOpset, ImportAttention, "MatMul, Mul, Add, Softmax, Where, MatMul",
     "computed nonpad_kv_seqlen; windows; a mask of one key for several"},
    {"RotaryEmbedding", 23, kNewestOpset, ImportRotaryEmbedding, "Slice, Mul, Add, Concat", ""},
};
// clang-format on

}  // namespace

std::span<const Operator> AttentionOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

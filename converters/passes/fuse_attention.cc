// Scores, softmax and weighted sum of all heads become one op that never holds the scores in memory.
//
//   q, k, v = any scaffolding of reshapes, transposes, slices over linear layers
//   MatMul(Softmax(MatMul(q, k^T) * s + b), v)  ->  Attention(Q, K, V, b; heads, columns, scale)
//
// Each operand is seen as a strided view of an older value. An axis of the products whose stride lies inside a row of
// that value is the heads; other leading axes are problems. An operand that cannot be seen so is laid out by a
// transpose. The guard of exporters against queries without keys, NaN of the softmax made 0, goes where constant masks
// leave every query a key; what is NaN then comes of values that are no numbers, and is seen.
#include <algorithm>
#include <limits>

#include "converters/passes/attention_match.h"
#include "converters/passes/passes.h"
#include "converters/passes/strided_view.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

constexpr int kNone = -1;

Shape Leading(const Shape& s) { return Shape(s.begin(), s.end() - 2); }

Shape WithoutOnes(const Shape& s) {
  Shape longer;
  std::copy_if(s.begin(), s.end(), std::back_inserter(longer), [](int64_t d) { return d != 1; });
  return longer;
}

// q, k or v: rows `tokens`, columns `width` of each problem and head.
struct Operand {
  ValueId value = kNoValue;  // as the product reads it
  StridedView view;          // dims [lead.., tokens, width], strides 0 where it is broadcast
  int64_t pitch = 0;         // elements from one token's row to the next
};

// Strides of the leading axes `lead` (longer than 1 only), of a view whose own leading dims broadcast to `full`.
Shape LeadStrides(const StridedView& view, const Shape& full) {
  const size_t own = view.dims.size() - 2;
  Shape strides;
  for (size_t i = 0; i < full.size(); ++i) {
    const size_t missing = full.size() - own;
    const bool broadcast = i < missing || view.dims[i - missing] == 1;
    if (full[i] == 1) continue;
    strides.push_back(broadcast ? 0 : view.strides[i - missing]);
  }
  return strides;
}

// Brings the view to [lead.., tokens, width] and says whether an attention op can read it: rows of `pitch` elements,
// each leading axis inside the row or a run of whole problems.
bool Readable(const Rewriter& r, StridedView view, bool transposed, const Shape& full, Operand* operand) {
  const size_t rank = view.dims.size();
  if (transposed) {
    std::swap(view.dims[rank - 1], view.dims[rank - 2]);
    std::swap(view.strides[rank - 1], view.strides[rank - 2]);
  }
  const int64_t tokens = view.dims[rank - 2], width = view.dims[rank - 1];
  const Shape strides = LeadStrides(view, full);
  const Shape lead = WithoutOnes(full);
  const int64_t elements = NumElements(r.shape(view.root));
  if (width > 1 && view.strides[rank - 1] != 1) return false;
  const int64_t pitch = tokens > 1 ? view.strides[rank - 2] : LastDim(r.shape(view.root));
  if (pitch <= 0 || view.offset >= pitch) return false;
  int64_t next = pitch * tokens, columns = view.offset + width;
  for (size_t i = lead.size(); i-- > 0;) {
    if (strides[i] == 0) continue;
    if (strides[i] < pitch) {
      columns += strides[i] * (lead[i] - 1);
    } else {
      if (strides[i] != next) return false;
      next *= lead[i];
    }
  }
  if (columns > pitch || next != elements) return false;
  Shape dims = lead;
  dims.push_back(tokens);
  dims.push_back(width);
  operand->pitch = pitch;
  operand->view = view;
  operand->view.dims = std::move(dims);
  operand->view.strides = strides;
  operand->view.strides.push_back(pitch);
  operand->view.strides.push_back(1);
  return true;
}

Operand Look(const Rewriter& r, ValueId v, bool transposed, const Shape& full, bool scales) {
  Operand operand;
  operand.value = v;
  for (const StridedView& view : ViewsOf(r, v, scales)) {
    if (Readable(r, view, transposed, full, &operand)) return operand;
  }
  operand.view.root = kNoValue;  // must be laid out
  return operand;
}

bool IsHeadAxis(const Operand& o, size_t axis) {
  return o.view.root != kNoValue && o.view.strides[axis] > 0 && o.view.strides[axis] < o.pitch;
}
bool IsProblemAxis(const Operand& o, size_t axis) { return o.view.root != kNoValue && o.view.strides[axis] >= o.pitch; }

class Fuser {
 public:
  Fuser(Rewriter* r, const AttentionMatch& match) : r_(*r), match_(match), node_(*match.values_matmul) {}

  // The value that stands for the product with V; kNoValue where the pattern is another after all.
  Result<ValueId> Fuse() {
    const Node& scores = *match_.scores_matmul;
    score_lead_ = Leading(r_.shape(scores.outputs[0]));
    const Shape value_lead = Leading(r_.shape(node_.outputs[0]));
    lead_ = WithoutOnes(score_lead_);
    if (WithoutOnes(value_lead) != lead_) return kNoValue;
    const bool k_transposed = !OpOf<plan::MatMulT>(&scores)->transpose_b,
               v_transposed = OpOf<plan::MatMulT>(&node_)->transpose_b;
    operands_[0] = Look(r_, scores.inputs[0], false, score_lead_, true);
    operands_[1] = Look(r_, scores.inputs[1], k_transposed, score_lead_, true);
    operands_[2] = Look(r_, node_.inputs[1], v_transposed, value_lead, false);
    if (!FindHeadAxis()) return kNoValue;
    const bool transposed[3] = {false, k_transposed, v_transposed};
    const Shape leads[3] = {score_lead_, score_lead_, value_lead};
    for (size_t i = 0; i < 3; ++i) {
      if (!NeedsLayout(operands_[i])) continue;
      VITRT_ASSIGN_OR_RETURN(const bool done, LayOut(&operands_[i], transposed[i], leads[i]));
      if (!done) return kNoValue;
    }
    return Emit();
  }

 private:
  // The one axis that some operand keeps inside its rows.
  bool FindHeadAxis() {
    for (const Operand& operand : operands_) {
      for (size_t axis = 0; axis < lead_.size(); ++axis) {
        if (!IsHeadAxis(operand, axis) || head_axis_ == static_cast<int>(axis)) continue;
        if (head_axis_ != kNone) return false;
        head_axis_ = static_cast<int>(axis);
      }
    }
    return true;
  }

  // Unreadable, heads where problems should be, or broadcast along only some of the problem axes.
  bool NeedsLayout(const Operand& operand) const {
    if (operand.view.root == kNoValue) return true;
    if (head_axis_ != kNone && IsProblemAxis(operand, static_cast<size_t>(head_axis_))) return true;
    size_t problems = 0, own = 0;
    for (size_t axis = 0; axis < lead_.size(); ++axis) {
      if (static_cast<int>(axis) == head_axis_) continue;
      ++problems;
      own += IsProblemAxis(operand, axis) ? 1 : 0;
    }
    return own != 0 && own != problems;
  }

  // The operand as [problems.., tokens, heads * width], by Expand and Transpose.
  Result<bool> LayOut(Operand* operand, bool transposed, const Shape& full) {
    ValueId v = operand->value;
    Shape dims = r_.shape(v);
    if (dims.size() != full.size() + 2) return false;
    Shape whole = full;
    whole.insert(whole.end(), dims.end() - 2, dims.end());
    if (whole != dims) {
      VITRT_ASSIGN_OR_RETURN(v, r_.Add(plan::ExpandT{}, {v}, node_, ValueType{DType::F32, whole}));
    }
    Shape stripped = lead_;
    stripped.insert(stripped.end(), dims.end() - 2, dims.end());
    VITRT_ASSIGN_OR_RETURN(v, r_.AddReshape(v, stripped, node_));
    const auto rank = static_cast<int32_t>(stripped.size());
    std::vector<int32_t> perm;
    for (int32_t axis = 0; axis < rank - 2; ++axis) {
      if (axis != head_axis_) perm.push_back(axis);
    }
    perm.push_back(transposed ? rank - 1 : rank - 2);
    if (head_axis_ != kNone) perm.push_back(head_axis_);
    perm.push_back(transposed ? rank - 2 : rank - 1);
    VITRT_ASSIGN_OR_RETURN(v, r_.Add(ops::Transpose(perm), {v}, node_));

    // As a view of the new value: the token axis is third or second from the end, the heads inside its rows.
    const Shape laid = r_.shape(v), strides = Strides(laid);
    operand->view = {v, 0, {}, {}, 1};
    for (int32_t axis = 0; axis < rank; ++axis) {
      const auto at = static_cast<size_t>(std::find(perm.begin(), perm.end(), axis) - perm.begin());
      operand->view.dims.push_back(laid[at]);
      operand->view.strides.push_back(strides[at]);
    }
    if (transposed) {
      std::swap(operand->view.dims[lead_.size()], operand->view.dims[lead_.size() + 1]);
      std::swap(operand->view.strides[lead_.size()], operand->view.strides[lead_.size() + 1]);
    }
    operand->pitch = operand->view.strides[lead_.size()];
    return true;
  }

  // The operand's root as [problems.., tokens, pitch], or [1, tokens, pitch] where all problems share it.
  Result<ValueId> Matrix(const Operand& operand) {
    Shape dims;
    for (size_t axis = 0; axis < lead_.size(); ++axis) {
      if (static_cast<int>(axis) != head_axis_ && IsProblemAxis(operand, axis)) dims.push_back(lead_[axis]);
    }
    if (dims.empty()) dims.push_back(1);
    dims.push_back(operand.view.dims[lead_.size()]);
    dims.push_back(operand.pitch);
    return r_.AddReshape(operand.view.root, dims, node_);
  }

  // `bias` against [problems, heads, tq, tk].
  Result<ValueId> Bias(const ScoreBias& bias, int64_t problems, int64_t heads) {
    const Shape lead = WithoutOnes(Leading(bias.scores));
    if (lead != lead_ || (head_axis_ != kNone && head_axis_ + 1 != static_cast<int>(lead.size()))) return kNoValue;
    ValueId v = bias.value;
    if (bias.is_mask) {
      const ValueId zero = r_.AddConstant(Tensor::FromF32({}, {0.0f}), node_.name),
                    masked = r_.AddConstant(Tensor::FromF32({}, {bias.masked}), node_.name);
      const std::vector<ValueId> choice =
          bias.masked_when ? std::vector<ValueId>{v, masked, zero} : std::vector<ValueId>{v, zero, masked};
      VITRT_ASSIGN_OR_RETURN(v, r_.Add(plan::WhereT{}, choice, node_));
    }
    if (bias.factor != 1) {
      const ValueId factor = r_.AddConstant(Tensor::FromF32({}, {static_cast<float>(bias.factor)}), node_.name);
      VITRT_ASSIGN_OR_RETURN(v, r_.Add(ops::Binary(plan::BinaryFn::Mul), {v, factor}, node_));
    }
    Shape own = Padded(r_.shape(v), bias.scores.size()), all = bias.scores;
    const size_t rank = own.size();
    // One axis for all problems: all ones, or all whole.
    bool shared = true, whole = true;
    size_t heads_at = rank - 2;  // position of the head axis, if any
    if (head_axis_ != kNone) {
      while (all[--heads_at] == 1) {
      }
    }
    for (size_t i = 0; i < heads_at; ++i) {
      shared = shared && own[i] == 1;
      whole = whole && own[i] == all[i];
    }
    if (!shared && !whole) {
      std::copy(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(heads_at), own.begin());
      VITRT_ASSIGN_OR_RETURN(v, r_.Add(plan::ExpandT{}, {v}, node_, ValueType{DType::F32, own}));
    }
    const int64_t own_heads = head_axis_ == kNone ? 1 : own[heads_at];
    return r_.AddReshape(
        v, {shared ? 1 : problems, own_heads == heads ? heads : own_heads, own[rank - 2], own[rank - 1]}, node_);
  }

  // Whether some query may have a bias of -infinity for every key: the one row of which the softmax is NaN where queries
  // and keys are numbers.
  bool MayHideAllKeys(ValueId bias) const {
    if (bias == kNoValue) return false;
    if (!r_.graph().is_constant(bias)) return true;
    const Tensor& data = *r_.graph().value(bias).constant;
    const int64_t keys = LastDim(data.shape);
    for (const float *row = data.f32(), *end = row + data.size(); row != end; row += keys) {
      if (std::none_of(row, row + keys, [](float x) { return x > -std::numeric_limits<float>::infinity(); }))
        return true;
    }
    return false;
  }

  Result<ValueId> Emit() {
    const size_t t = lead_.size();
    const int64_t heads = head_axis_ == kNone ? 1 : lead_[static_cast<size_t>(head_axis_)],
                  problems = NumElements(lead_) / heads;
    ValueId bias = kNoValue;
    for (const ScoreBias& part : match_.biases) {
      VITRT_ASSIGN_OR_RETURN(const ValueId v, Bias(part, problems, heads));
      if (v == kNoValue) return kNoValue;
      if (bias == kNoValue) {
        bias = v;
      } else {
        VITRT_ASSIGN_OR_RETURN(bias, r_.Add(ops::Binary(plan::BinaryFn::Add), {bias, v}, node_));
      }
    }
    if (match_.guarded && MayHideAllKeys(bias)) return kNoValue;
    plan::AttentionT op;
    op.heads = static_cast<int32_t>(heads);
    op.head_dim = static_cast<int32_t>(operands_[0].view.dims[t + 1]);
    op.value_dim = static_cast<int32_t>(operands_[2].view.dims[t + 1]);
    op.scale = static_cast<float>(match_.scale * operands_[0].view.factor * operands_[1].view.factor);
    int32_t* columns[3] = {&op.q_column, &op.k_column, &op.v_column};
    int32_t* strides[3] = {&op.q_head_stride, &op.k_head_stride, &op.v_head_stride};
    std::vector<ValueId> inputs;
    for (size_t i = 0; i < 3; ++i) {
      *columns[i] = static_cast<int32_t>(operands_[i].view.offset);
      *strides[i] =
          head_axis_ == kNone ? 0 : static_cast<int32_t>(operands_[i].view.strides[static_cast<size_t>(head_axis_)]);
      VITRT_ASSIGN_OR_RETURN(const ValueId v, Matrix(operands_[i]));
      inputs.push_back(v);
    }
    inputs.push_back(bias);
    VITRT_ASSIGN_OR_RETURN(ValueId y, r_.Add(op, std::move(inputs), node_));

    // [problems.., tq, heads, value_dim] -> [lead.., tq, value_dim] as the product had it.
    Shape split;
    std::vector<int32_t> perm(t + 2);
    for (size_t axis = 0; axis < t; ++axis) {
      if (static_cast<int>(axis) == head_axis_) continue;
      perm[axis] = static_cast<int32_t>(split.size());
      split.push_back(lead_[axis]);
    }
    perm[t] = static_cast<int32_t>(split.size());
    split.push_back(operands_[0].view.dims[t]);
    if (head_axis_ != kNone) {
      perm[static_cast<size_t>(head_axis_)] = static_cast<int32_t>(split.size());
      split.push_back(heads);
    }
    perm[t + 1] = static_cast<int32_t>(split.size());
    split.push_back(operands_[2].view.dims[t + 1]);
    VITRT_ASSIGN_OR_RETURN(y, r_.AddReshape(y, split, node_));
    VITRT_ASSIGN_OR_RETURN(y, r_.Add(ops::Transpose(perm), {y}, node_));
    return r_.AddReshape(y, r_.shape(node_.outputs[0]), node_);
  }

  Rewriter& r_;
  const AttentionMatch& match_;
  const Node& node_;
  Shape score_lead_, lead_;  // leading dims of the scores; those longer than 1
  Operand operands_[3];      // q, k, v
  int head_axis_ = kNone;    // in lead_
};

}  // namespace

Result<int> FuseAttention(Graph* graph) {
  Rewriter r(graph);
  for (Node* node : r.Nodes()) {
    if (r.dead(node)) continue;
    const auto match = MatchAttention(r, node);
    if (!match) continue;
    VITRT_ASSIGN_OR_RETURN(const ValueId y, Fuser(&r, *match).Fuse());
    if (y != kNoValue) r.Replace(node->outputs[0], y);
  }
  return r.Finish();
}

}  // namespace vitrt::convert

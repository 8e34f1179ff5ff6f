// Transposes move down, past everything that does not care, until they meet their inverse and both vanish.
//
//   op(Transpose(x)) -> Transpose(op'(x))            op: elementwise, Reduce, Concat, Slice, Pad, Softmax, Reshape ...
//   Reshape[1,C,HW](Transpose(0,3,1,2)(x))  ->  Transpose(0,2,1)(Reshape[1,HW,C](x))
//   MatMul(a, Transpose(b)) -> MatMul(a, b, transpose_b)
#include <algorithm>
#include <numeric>

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "converters/passes/simplify_shapes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

using Perm = std::vector<int32_t>;

// A node whose first transposed input is Transpose(perm)(x).
struct Site {
  Rewriter& r;
  const Node& node;
  const Perm& perm;
  ValueId x;

  template <typename T>
  const T& op() const {
    return *OpOf<T>(&node);
  }
  // Adds `op` on untransposed inputs and the Transpose after it.
  template <typename T>
  Result<ValueId> Emit(T changed, std::vector<ValueId> inputs, const Perm& after) const {
    const Shape& out = r.shape(node.outputs[0]);
    const ValueType declared{r.dtype(node.outputs[0]), Permuted(out, InversePermutation(after))};
    VITRT_ASSIGN_OR_RETURN(const ValueId y, r.Add(std::move(changed), std::move(inputs), node, declared));
    return r.Add(ops::Transpose(after), {y}, node);
  }
};

using Rule = Result<ValueId> (*)(const Site& site);  // kNoValue: stays

template <typename T>
std::vector<T> Unpermute(const std::vector<T>& per_axis, const Perm& perm) {
  std::vector<T> result(per_axis.size());
  for (size_t i = 0; i < perm.size(); ++i) result[static_cast<size_t>(perm[i])] = per_axis[i];
  return result;
}

// A value u with Transpose(perm)(u) == v under broadcasting, where that costs nothing; else kNoValue.
Result<ValueId> Untransposed(Rewriter& r, ValueId v, const Perm& perm, const Node& at) {
  const Node* maker = r.producer(v);
  if (const auto* transpose = OpOf<plan::TransposeT>(maker); transpose != nullptr && transpose->perm == perm)
    return maker->inputs[0];
  if (r.shape(v).size() > perm.size()) return kNoValue;
  const Shape padded = Padded(r.shape(v), perm.size());
  const Perm inverse = InversePermutation(perm);
  if (!r.graph().is_constant(v))
    return MovesOnlyOnes(padded, inverse) ? r.AddReshape(v, Permuted(padded, inverse), at) : kNoValue;
  VITRT_ASSIGN_OR_RETURN(const ValueId full, r.AddReshape(v, padded, at));
  return r.Add(ops::Transpose(inverse), {full}, at);
}

// Same op on untransposed inputs: Unary, DynamicFakeQuantize, Binary, Where, Cast, Concat.
Result<std::vector<ValueId>> UntransposedInputs(const Site& s) {
  std::vector<ValueId> inputs;
  if (s.r.shape(s.node.outputs[0]).size() != s.perm.size()) return std::vector<ValueId>{};
  for (ValueId v : s.node.inputs) {
    VITRT_ASSIGN_OR_RETURN(const ValueId u, Untransposed(s.r, v, s.perm, s.node));
    if (u == kNoValue) return std::vector<ValueId>{};
    inputs.push_back(u);
  }
  return inputs;
}

template <typename T>
Result<ValueId> SinkElementwise(const Site& s) {
  VITRT_ASSIGN_OR_RETURN(std::vector<ValueId> inputs, UntransposedInputs(s));
  if (inputs.empty()) return kNoValue;
  return s.Emit(T(s.op<T>()), std::move(inputs), s.perm);
}

Result<ValueId> SinkConcat(const Site& s) {
  VITRT_ASSIGN_OR_RETURN(std::vector<ValueId> inputs, UntransposedInputs(s));
  if (inputs.empty()) return kNoValue;
  plan::ConcatT concat;
  concat.axis = s.perm[static_cast<size_t>(s.op<plan::ConcatT>().axis)];
  return s.Emit(concat, std::move(inputs), s.perm);
}

Result<ValueId> SinkSlice(const Site& s) {
  const auto& slice = s.op<plan::SliceT>();
  return s.Emit(ops::Slice(Unpermute(slice.starts, s.perm), Unpermute(slice.steps, s.perm)), {s.x}, s.perm);
}

Result<ValueId> SinkPad(const Site& s) {
  plan::PadT pad = s.op<plan::PadT>();
  pad.begins = Unpermute(pad.begins, s.perm);
  pad.ends = Unpermute(pad.ends, s.perm);
  return s.Emit(std::move(pad), {s.x}, s.perm);
}

Result<ValueId> SinkResize(const Site& s) {
  plan::ResizeT resize = s.op<plan::ResizeT>();
  resize.scales = Unpermute(resize.scales, s.perm);
  return s.Emit(std::move(resize), {s.x}, s.perm);
}

// Only where the axis stays where it is: a softmax over the last axis is the fast one.
Result<ValueId> SinkSoftmax(const Site& s) {
  const auto& softmax = s.op<plan::SoftmaxT>();
  if (s.perm[static_cast<size_t>(softmax.axis)] != softmax.axis) return kNoValue;
  return s.Emit(plan::SoftmaxT(softmax), {s.x}, s.perm);
}

// Rows are normalised each by itself, so their order does not matter.
Result<ValueId> SinkLayerNorm(const Site& s) {
  if (s.perm.back() != static_cast<int32_t>(s.perm.size()) - 1) return kNoValue;
  std::vector<ValueId> inputs = s.node.inputs;
  inputs[0] = s.x;
  return s.Emit(plan::LayerNormT(s.op<plan::LayerNormT>()), std::move(inputs), s.perm);
}

Result<ValueId> SinkReduce(const Site& s) {
  plan::ReduceT reduce = s.op<plan::ReduceT>();
  const std::vector<int32_t> outer_axes = reduce.axes;
  for (int32_t& axis : reduce.axes) axis = s.perm[static_cast<size_t>(axis)];
  std::sort(reduce.axes.begin(), reduce.axes.end());
  if (reduce.keep_dims) return s.Emit(std::move(reduce), {s.x}, s.perm);
  Perm kept;  // of the source's axes, in the transposed order, then renumbered
  for (size_t i = 0; i < s.perm.size(); ++i) {
    if (std::find(outer_axes.begin(), outer_axes.end(), static_cast<int32_t>(i)) == outer_axes.end())
      kept.push_back(s.perm[i]);
  }
  Perm after;
  for (int32_t axis : kept)
    after.push_back(static_cast<int32_t>(std::count_if(kept.begin(), kept.end(), [&](int32_t a) { return a < axis; })));
  return s.Emit(std::move(reduce), {s.x}, after);
}

// A run of axes that a reshape turns into another run of as many elements.
struct Block {
  std::vector<size_t> in;  // axes longer than 1
  Shape out;
};

std::vector<Block> Blocks(const Shape& in, const Shape& out) {
  std::vector<Block> blocks;
  size_t i = 0, j = 0;
  while (i < in.size() || j < out.size()) {
    Block block;
    int64_t a = 1, b = 1;
    do {
      if (a <= b && i < in.size()) {
        a *= in[i];
        if (in[i] != 1) block.in.push_back(i);
        ++i;
      } else if (j < out.size()) {
        b *= out[j];
        block.out.push_back(out[j++]);
      } else {
        a *= in[i++];  // trailing ones
      }
    } while (a != b || (a == 1 && (i < in.size() || j < out.size())));
    while (j < out.size() && out[j] == 1) block.out.push_back(out[j++]);
    blocks.push_back(std::move(block));
  }
  return blocks;
}

Result<ValueId> SinkReshape(const Site& s) {
  const Shape& source = s.r.shape(s.x);
  const Shape& out = s.r.shape(s.node.outputs[0]);
  if (NumElements(out) == 0) return kNoValue;
  std::vector<Block> blocks = Blocks(s.r.shape(s.node.inputs[0]), out);
  std::vector<std::pair<int32_t, size_t>> by_source;  // first source axis, block
  for (size_t b = 0; b < blocks.size(); ++b) {
    const auto& axes = blocks[b].in;
    for (size_t i = 1; i < axes.size(); ++i) {  // merged axes must be neighbours in the source, too
      const int32_t from = s.perm[axes[i - 1]], to = s.perm[axes[i]];
      if (from >= to) return kNoValue;
      for (int32_t between = from + 1; between < to; ++between) {
        if (source[static_cast<size_t>(between)] != 1) return kNoValue;
      }
    }
    by_source.push_back({axes.empty() ? -1 : s.perm[axes[0]], b});
  }
  std::sort(by_source.begin(), by_source.end());
  Shape inner;
  std::vector<int32_t> first_axis(blocks.size());
  for (const auto& [axis, b] : by_source) {
    first_axis[b] = static_cast<int32_t>(inner.size());
    inner.insert(inner.end(), blocks[b].out.begin(), blocks[b].out.end());
  }
  Perm after;
  for (size_t b = 0; b < blocks.size(); ++b) {
    for (size_t i = 0; i < blocks[b].out.size(); ++i) after.push_back(first_axis[b] + static_cast<int32_t>(i));
  }
  VITRT_ASSIGN_OR_RETURN(const ValueId reshaped, s.r.AddReshape(s.x, inner, s.node));
  return s.r.Add(ops::Transpose(after), {reshaped}, s.node);
}

Result<ValueId> SinkMatMul(const Site& s) {
  const ValueId b = s.node.inputs[1];
  const auto* transpose = OpOf<plan::TransposeT>(s.r.producer(b));
  if (transpose == nullptr) return kNoValue;
  const size_t rank = transpose->perm.size();
  Perm swap(rank);
  std::iota(swap.begin(), swap.end(), 0);
  std::swap(swap[rank - 1], swap[rank - 2]);
  if (transpose->perm != swap) return kNoValue;
  return s.r.Add(ops::MatMul(!s.op<plan::MatMulT>().transpose_b), {s.node.inputs[0], s.r.producer(b)->inputs[0]},
                 s.node);
}

struct Entry {
  plan::Op op;
  Rule rule;
};
constexpr Entry kRules[] = {
    {plan::Op::Unary, SinkElementwise<plan::UnaryT>},
    {plan::Op::DynamicFakeQuantize, SinkElementwise<plan::DynamicFakeQuantizeT>},
    {plan::Op::Binary, SinkElementwise<plan::BinaryT>},
    {plan::Op::Where, SinkElementwise<plan::WhereT>},
    {plan::Op::Cast, SinkElementwise<plan::CastT>},
    {plan::Op::Concat, SinkConcat},
    {plan::Op::Slice, SinkSlice},
    {plan::Op::Pad, SinkPad},
    {plan::Op::Resize, SinkResize},
    {plan::Op::Softmax, SinkSoftmax},
    {plan::Op::Reduce, SinkReduce},
    {plan::Op::Reshape, SinkReshape},
    {plan::Op::MatMul, SinkMatMul},
    {plan::Op::LayerNorm, SinkLayerNorm},
};

Result<ValueId> Sunk(Rewriter& r, const Node& node) {
  const auto entry =
      std::find_if(std::begin(kRules), std::end(kRules), [&](const Entry& e) { return e.op == node.op.type; });
  if (entry == std::end(kRules)) return kNoValue;
  for (ValueId v : node.inputs) {
    const auto* transpose = OpOf<plan::TransposeT>(r.producer(v));
    if (transpose == nullptr) continue;
    const Perm perm = transpose->perm;
    if (MovesOnlyOnes(r.shape(r.producer(v)->inputs[0]), perm)) return kNoValue;  // about to become a reshape
    return entry->rule({r, node, perm, r.producer(v)->inputs[0]});
  }
  return kNoValue;
}

}  // namespace

Result<int> SinkTransposes(Graph* graph) {
  return RewriteToFixpoint(graph, [](Rewriter& r, Node& node) -> Result<ValueId> {
    VITRT_ASSIGN_OR_RETURN(const ValueId y, SimplerForm(r, node));
    return y != kNoValue ? Result<ValueId>(y) : Sunk(r, node);
  });
}

}  // namespace vitrt::convert

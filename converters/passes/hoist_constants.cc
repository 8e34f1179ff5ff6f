// Elementwise constants move to where a linear layer can take them in.
//
//   Reshape(x) + c        -> Reshape(x + c')             x made by Linear or Conv2d (position embedding after a patch
//   convolution) Concat(a, b) + c      -> Concat(a + c_a, b + c_b)    each part a constant or made by Linear or Conv2d
//   (class token) Mean over rows(x + c) -> Mean over rows(x) + c'      (a constant under global average pooling)
#include <algorithm>

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

bool IsAffine(plan::BinaryFn fn) {
  using plan::BinaryFn;
  return fn == BinaryFn::Add || fn == BinaryFn::Sub || fn == BinaryFn::Mul || fn == BinaryFn::Div;
}

// Made by a Linear or Conv2d that only this reader sees, reshapes in between.
bool CanAbsorb(const Rewriter& r, ValueId v) {
  while (r.read_once(v)) {
    const Node* maker = r.producer(v);
    if (OpOf<plan::LinearT>(maker) != nullptr || OpOf<plan::Conv2dT>(maker) != nullptr) return true;
    if (OpOf<plan::ReshapeT>(maker) == nullptr) return false;
    v = maker->inputs[0];
  }
  return false;
}

Result<ValueId> AddBinary(Rewriter& r, const WithConstant& m, ValueId x, ValueId c, const Node& at) {
  return r.Add(ops::Binary(m.fn), m.constant_first ? std::vector<ValueId>{c, x} : std::vector<ValueId>{x, c}, at);
}

// The constant broadcast to `shape`.
Result<ValueId> Expanded(Rewriter& r, ValueId c, const Shape& shape, const Node& at) {
  if (r.shape(c) == shape) return c;
  return r.Add(plan::ExpandT{}, {c}, at, ValueType{DType::F32, shape});
}

Result<ValueId> AboveReshape(Rewriter& r, const WithConstant& m, const Node& node) {
  const Node* reshape = r.producer(m.x);
  if (OpOf<plan::ReshapeT>(reshape) == nullptr || !CanAbsorb(r, m.x)) return kNoValue;
  const ValueId x = reshape->inputs[0];
  const Shape outer = r.shape(m.x);
  ValueId c = m.constant;
  const Shape& cs = r.shape(c);
  const bool per_channel =
      !r.shape(x).empty() && LastDim(r.shape(x)) == LastDim(outer) && NumElements(cs) == LastDim(cs);
  if (NumElements(cs) == 1 || per_channel) {
    VITRT_ASSIGN_OR_RETURN(c, r.AddReshape(c, {LastDim(cs)}, node));
  } else if (m.fn == plan::BinaryFn::Add || m.fn == plan::BinaryFn::Sub) {
    VITRT_ASSIGN_OR_RETURN(c, Expanded(r, c, outer, node));
    VITRT_ASSIGN_OR_RETURN(c, r.AddReshape(c, r.shape(x), node));
  } else {
    return kNoValue;
  }
  VITRT_ASSIGN_OR_RETURN(const ValueId y, AddBinary(r, m, x, c, node));
  return r.AddReshape(y, outer, node);
}

Result<ValueId> AboveConcat(Rewriter& r, const WithConstant& m, const Node& node) {
  const Node* maker = r.producer(m.x);
  const auto* concat = OpOf<plan::ConcatT>(maker);
  if (concat == nullptr || !r.read_once(m.x)) return kNoValue;
  const std::vector<ValueId> parts = maker->inputs;
  if (!std::all_of(parts.begin(), parts.end(), [&](ValueId v) { return r.graph().is_constant(v) || CanAbsorb(r, v); }))
    return kNoValue;
  const plan::ConcatT op = *concat;
  const size_t axis = static_cast<size_t>(op.axis);
  VITRT_ASSIGN_OR_RETURN(const ValueId full, Expanded(r, m.constant, r.shape(m.x), node));
  std::vector<ValueId> changed;
  plan::SliceT slice =
      ops::Slice(std::vector<int64_t>(r.shape(m.x).size(), 0), std::vector<int64_t>(r.shape(m.x).size(), 1));
  for (ValueId part : parts) {
    const Shape part_shape = r.shape(part);
    VITRT_ASSIGN_OR_RETURN(const ValueId c,
                           r.Add(plan::SliceT(slice), {full}, node, ValueType{DType::F32, part_shape}));
    VITRT_ASSIGN_OR_RETURN(const ValueId y, AddBinary(r, m, part, c, node));
    changed.push_back(y);
    slice.starts[axis] += part_shape[axis];
  }
  return r.Add(plan::ConcatT(op), std::move(changed), node);
}

Result<ValueId> BelowMean(Rewriter& r, const Node& node) {
  const auto* reduce = OpOf<plan::ReduceT>(&node);
  if (reduce == nullptr || reduce->fn != plan::ReduceFn::Mean || !r.read_once(node.inputs[0])) return kNoValue;
  const auto m = MatchWithConstant(r.graph(), r.producer(node.inputs[0]));
  if (!m || (m->fn != plan::BinaryFn::Add && m->fn != plan::BinaryFn::Sub)) return kNoValue;
  VITRT_ASSIGN_OR_RETURN(const ValueId full, Expanded(r, m->constant, r.shape(m->x), node));
  VITRT_ASSIGN_OR_RETURN(const ValueId c, r.Add(plan::ReduceT(*reduce), {full}, node));
  VITRT_ASSIGN_OR_RETURN(const ValueId mean, r.Add(plan::ReduceT(*reduce), {m->x}, node));
  return AddBinary(r, *m, mean, c, node);
}

}  // namespace

Result<int> HoistConstants(Graph* graph) {
  return RewriteToFixpoint(graph, [](Rewriter& r, Node& node) -> Result<ValueId> {
    const auto m = MatchWithConstant(r.graph(), &node);
    if (!m || !IsAffine(m->fn)) return BelowMean(r, node);
    VITRT_ASSIGN_OR_RETURN(const ValueId y, AboveReshape(r, *m, node));
    return y != kNoValue ? Result<ValueId>(y) : AboveConcat(r, *m, node);
  });
}

}  // namespace vitrt::convert

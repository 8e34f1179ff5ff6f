// Movement that moves nothing goes; movement after movement becomes one.
//
//   Reshape(Reshape(x)) -> Reshape(x)            Transpose(Transpose(x)) -> Transpose(x)
//   Transpose of axes of size 1 -> Reshape       Slice(Slice(x)) -> Slice(x)
//   Gather of consecutive indices -> Slice       Expand that only feeds a broadcasting op -> nothing
//   no-op Reshape, Transpose, Slice, Expand, Cast, Identity, Concat, Pad, Tile, Reduce, Pool, x*1, x+0 -> x
#include "converters/passes/simplify_shapes.h"

#include <algorithm>

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// What stands for the node's output: an older value, a new one, or kNoValue where no rule applies.
using Rule = Result<ValueId> (*)(Rewriter& r, const Node& node);

bool AllAre(const std::vector<int64_t>& values, int64_t x) {
  return std::all_of(values.begin(), values.end(), [&](int64_t v) { return v == x; });
}
bool AllAre(const std::vector<int32_t>& values, int32_t x) {
  return std::all_of(values.begin(), values.end(), [&](int32_t v) { return v == x; });
}

Result<ValueId> SimplifyReshape(Rewriter& r, const Node& node) {
  const ValueId x = node.inputs[0];
  if (r.shape(x) == r.shape(node.outputs[0])) return x;
  if (r.graph().is_constant(x)) return r.AddReshape(x, r.shape(node.outputs[0]), node);
  const Node* before = r.producer(x);
  if (OpOf<plan::ReshapeT>(before) == nullptr) return kNoValue;
  return r.AddReshape(before->inputs[0], r.shape(node.outputs[0]), node);
}

// Transposes of one memory may differ in where axes of size 1 stand. The canonical one keeps them where the output has
// them, so that equal movement has equal perm.
Result<ValueId> CanonicalTranspose(Rewriter& r, const Node& node, const std::vector<int32_t>& perm) {
  const Shape in = r.shape(node.inputs[0]), out = r.shape(node.outputs[0]);
  std::vector<size_t> longer;  // axes of the input, in order
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i] != 1) longer.push_back(i);
  }
  Shape source(in.size(), 1);
  std::vector<int32_t> place(in.size(), 0);  // of each longer axis of the input
  for (size_t i = 0, next = 0; i < out.size(); ++i) {
    if (out[i] == 1) continue;
    source[i] = in[longer[next]];
    place[longer[next++]] = static_cast<int32_t>(i);
  }
  std::vector<int32_t> canonical;
  for (size_t i = 0; i < out.size(); ++i)
    canonical.push_back(out[i] == 1 ? static_cast<int32_t>(i) : place[static_cast<size_t>(perm[i])]);
  if (canonical == perm) return kNoValue;
  VITRT_ASSIGN_OR_RETURN(const ValueId x, r.AddReshape(node.inputs[0], source, node));
  return r.Add(ops::Transpose(std::move(canonical)), {x}, node);
}

Result<ValueId> SimplifyTranspose(Rewriter& r, const Node& node) {
  const std::vector<int32_t> perm = OpOf<plan::TransposeT>(&node)->perm;
  const ValueId x = node.inputs[0];
  if (IsIdentityPermutation(perm)) return x;
  if (MovesOnlyOnes(r.shape(x), perm)) return r.AddReshape(x, r.shape(node.outputs[0]), node);
  const Node* before = r.producer(x);
  if (const auto* first = OpOf<plan::TransposeT>(before)) {
    std::vector<int32_t> merged;
    merged.reserve(perm.size());
    for (int32_t axis : perm) merged.push_back(first->perm[static_cast<size_t>(axis)]);
    return r.Add(ops::Transpose(std::move(merged)), {before->inputs[0]}, node);
  }
  return CanonicalTranspose(r, node, perm);
}

Result<ValueId> SimplifySlice(Rewriter& r, const Node& node) {
  const auto* slice = OpOf<plan::SliceT>(&node);
  const ValueId x = node.inputs[0], y = node.outputs[0];
  if (r.shape(x) == r.shape(y) && AllAre(slice->starts, 0)) return x;
  const Node* before = r.producer(x);
  if (const auto* first = OpOf<plan::SliceT>(before)) {
    plan::SliceT merged;
    for (size_t i = 0; i < slice->starts.size(); ++i) {
      merged.starts.push_back(first->starts[i] + first->steps[i] * slice->starts[i]);
      merged.steps.push_back(first->steps[i] * slice->steps[i]);
    }
    return r.Add(std::move(merged), {before->inputs[0]}, node, r.graph().value(y).type());
  }
  const auto* concat = OpOf<plan::ConcatT>(before);  // a slice of one part
  if (concat == nullptr) return kNoValue;
  const size_t axis = static_cast<size_t>(concat->axis);
  if (slice->steps[axis] != 1) return kNoValue;
  int64_t begin = 0;
  for (ValueId part : before->inputs) {
    const int64_t end = begin + r.shape(part)[axis];
    if (slice->starts[axis] >= begin && slice->starts[axis] + r.shape(y)[axis] <= end) {
      plan::SliceT inner = *slice;
      inner.starts[axis] -= begin;
      return r.Add(std::move(inner), {part}, node, r.graph().value(y).type());
    }
    begin = end;
  }
  return kNoValue;
}

// Indices that count up or down evenly are a slice; a scalar index drops the axis.
Result<ValueId> SimplifyGather(Rewriter& r, const Node& node) {
  const size_t axis = static_cast<size_t>(OpOf<plan::GatherT>(&node)->axis);
  if (!r.graph().is_constant(node.inputs[1])) return kNoValue;
  const Shape& in = r.shape(node.inputs[0]);
  std::vector<int64_t> indices = ToI64Vector(r.graph().constant(node.inputs[1]));
  if (indices.empty() || in[axis] == 0) return kNoValue;
  for (int64_t& index : indices) index += index < 0 ? in[axis] : 0;
  const int64_t step = indices.size() == 1 ? 1 : indices[1] - indices[0];
  if (step == 0) return kNoValue;
  for (size_t i = 1; i < indices.size(); ++i) {
    if (indices[i] - indices[i - 1] != step) return kNoValue;
  }
  plan::SliceT slice = ops::Slice(std::vector<int64_t>(in.size(), 0), std::vector<int64_t>(in.size(), 1));
  slice.starts[axis] = indices[0];
  slice.steps[axis] = step;
  Shape sliced = in;
  sliced[axis] = static_cast<int64_t>(indices.size());
  VITRT_ASSIGN_OR_RETURN(const ValueId y,
                         r.Add(std::move(slice), {node.inputs[0]}, node, ValueType{r.dtype(node.inputs[0]), sliced}));
  return r.AddReshape(y, r.shape(node.outputs[0]), node);
}

// An Expand is a Reshape where it only adds axes of size 1, and nothing where every reader broadcasts anyway.
Result<ValueId> SimplifyExpand(Rewriter& r, const Node& node) {
  const ValueId x = node.inputs[0], y = node.outputs[0];
  if (NumElements(r.shape(x)) == NumElements(r.shape(y))) return r.AddReshape(x, r.shape(y), node);
  if (r.is_output(y)) return kNoValue;
  for (const Node* reader : r.readers(y)) {
    if (OpOf<plan::BinaryT>(reader) == nullptr) return kNoValue;
    const ValueId other = reader->inputs[reader->inputs[0] == y ? 1 : 0];
    if (other == y || r.shape(other) != r.shape(reader->outputs[0])) return kNoValue;
  }
  return x;
}

Result<ValueId> SimplifyCast(Rewriter& r, const Node& node) {
  return r.dtype(node.inputs[0]) == r.dtype(node.outputs[0]) ? node.inputs[0] : kNoValue;
}

Result<ValueId> SimplifyUnary(Rewriter&, const Node& node) {
  return IsUnary(&node, plan::UnaryFn::Identity) ? node.inputs[0] : kNoValue;
}

Result<ValueId> SimplifyConcat(Rewriter&, const Node& node) {
  return node.inputs.size() == 1 ? node.inputs[0] : kNoValue;
}

Result<ValueId> SimplifyPad(Rewriter&, const Node& node) {
  const auto* pad = OpOf<plan::PadT>(&node);
  return AllAre(pad->begins, 0) && AllAre(pad->ends, 0) ? node.inputs[0] : kNoValue;
}

Result<ValueId> SimplifyTile(Rewriter&, const Node& node) {
  return AllAre(OpOf<plan::TileT>(&node)->repeats, 1) ? node.inputs[0] : kNoValue;
}

Result<ValueId> SimplifyReduce(Rewriter& r, const Node& node) {
  using plan::ReduceFn;
  const auto* reduce = OpOf<plan::ReduceT>(&node);
  const bool selects = reduce->fn == ReduceFn::Mean || reduce->fn == ReduceFn::Sum || reduce->fn == ReduceFn::Max ||
                       reduce->fn == ReduceFn::Min || reduce->fn == ReduceFn::Prod;
  if (!selects || NumElements(r.shape(node.inputs[0])) != NumElements(r.shape(node.outputs[0]))) return kNoValue;
  return r.AddReshape(node.inputs[0], r.shape(node.outputs[0]), node);
}

Result<ValueId> SimplifyPool(Rewriter& r, const Node& node) {
  const auto* pool = OpOf<plan::Pool2dT>(&node);
  const bool nothing = AllAre(pool->kernel, 1) && AllAre(pool->strides, 1) && AllAre(pool->pads, 0) &&
                       r.shape(node.inputs[0]) == r.shape(node.outputs[0]);
  return nothing ? node.inputs[0] : kNoValue;
}

Result<ValueId> SimplifyBinary(Rewriter& r, const Node& node) {
  using plan::BinaryFn;
  const auto match = MatchWithConstant(r.graph(), &node);
  if (!match) return kNoValue;
  const auto c = UniformConstant(r.graph(), match->constant);
  if (!c) return kNoValue;
  const bool neutral_one =
      *c == 1 && (match->fn == BinaryFn::Mul || (match->fn == BinaryFn::Div && !match->constant_first));
  const bool neutral_zero =
      *c == 0 && (match->fn == BinaryFn::Add || (match->fn == BinaryFn::Sub && !match->constant_first));
  return neutral_one || neutral_zero ? match->x : kNoValue;
}

struct Entry {
  plan::Op op;
  Rule rule;
};
constexpr Entry kRules[] = {
    {plan::Op::Reshape, SimplifyReshape}, {plan::Op::Transpose, SimplifyTranspose}, {plan::Op::Slice, SimplifySlice},
    {plan::Op::Gather, SimplifyGather},   {plan::Op::Expand, SimplifyExpand},       {plan::Op::Cast, SimplifyCast},
    {plan::Op::Unary, SimplifyUnary},     {plan::Op::Concat, SimplifyConcat},       {plan::Op::Pad, SimplifyPad},
    {plan::Op::Tile, SimplifyTile},       {plan::Op::Reduce, SimplifyReduce},       {plan::Op::Pool2d, SimplifyPool},
    {plan::Op::Binary, SimplifyBinary},
};

}  // namespace

Result<ValueId> SimplerForm(Rewriter& r, const Node& node) {
  const auto entry =
      std::find_if(std::begin(kRules), std::end(kRules), [&](const Entry& e) { return e.op == node.op.type; });
  return entry == std::end(kRules) ? kNoValue : entry->rule(r, node);
}

Result<int> SimplifyShapes(Graph* graph) { return RewriteToFixpoint(graph, SimplerForm); }

}  // namespace vitrt::convert

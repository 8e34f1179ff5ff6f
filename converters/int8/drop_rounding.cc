#include "converters/int8/drop_rounding.h"

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

// The other input of a Binary of `known` and something.
std::optional<ValueId> Other(const Node* node, BinaryFn fn, ValueId known) {
  if (!IsBinary(node, fn)) return {};
  if (node->inputs[0] == known) return node->inputs[1];
  return node->inputs[1] == known ? std::optional(node->inputs[0]) : std::nullopt;
}

// clamp(round(x) + zero, low, high), before `zero` is taken off again.
struct Rounded {
  ValueId x, zero;  // zero may be kNoValue
  double low, high;
};
std::optional<Rounded> MatchRounded(const Rewriter& r, const Node* clip) {
  if (!IsUnary(clip, UnaryFn::Clip)) return {};
  const auto& act = *OpOf<plan::UnaryT>(clip)->act;
  Rounded found{kNoValue, kNoValue, static_cast<double>(act.alpha()), static_cast<double>(act.beta())};
  const Node* round = r.producer(clip->inputs[0]);
  if (IsBinary(round, BinaryFn::Add)) {
    found.zero = round->inputs[1];
    round = r.producer(round->inputs[0]);
  }
  if (!IsUnary(round, UnaryFn::Round)) return {};
  found.x = round->inputs[0];
  return found;
}

// clamp(round(x) + zero) - zero -> clamp(x, low - zero, high - zero), or x where the zero point is computed: such a scale
// is made to hold all of x.
Result<ValueId> DropRound(Rewriter& r, Node& node) {
  const bool centred = IsBinary(&node, BinaryFn::Sub);
  const auto rounded = MatchRounded(r, centred ? r.producer(node.inputs[0]) : &node);
  if (!rounded) return kNoValue;
  if (!centred) {  // without a zero point nothing is taken off
    if (rounded->zero != kNoValue) return kNoValue;
    return r.Add(ops::Unary(UnaryFn::Clip, static_cast<float>(rounded->low), static_cast<float>(rounded->high)),
                 {rounded->x}, node);
  }
  if (rounded->zero == node.inputs[1] && !r.graph().is_constant(rounded->zero)) return rounded->x;
  const auto added = UniformConstant(r.graph(), rounded->zero), taken = UniformConstant(r.graph(), node.inputs[1]);
  if (!added || added != taken) return kNoValue;
  return r.Add(
      ops::Unary(UnaryFn::Clip, static_cast<float>(rounded->low - *added), static_cast<float>(rounded->high - *added)),
      {rounded->x}, node);
}

// clamp(x / scale, low, high) * scale -> clamp(x, low * scale, high * scale)
Result<ValueId> DropScale(Rewriter& r, Node& node) {
  const auto scaled = MatchScaled(r.graph(), &node);
  if (!scaled) return kNoValue;
  const Node* clip = r.producer(scaled->x);
  if (!IsUnary(clip, UnaryFn::Clip)) return kNoValue;
  const Node* divided = r.producer(clip->inputs[0]);
  const auto inner = divided == nullptr ? std::nullopt : MatchScaled(r.graph(), divided);
  if (!inner || !IsBinary(divided, BinaryFn::Div) || !Near(inner->factor * scaled->factor, 1, 1e-6)) return kNoValue;
  const auto& act = *OpOf<plan::UnaryT>(clip)->act;
  return r.Add(ops::Unary(UnaryFn::Clip, static_cast<float>(static_cast<double>(act.alpha()) * scaled->factor),
                          static_cast<float>(static_cast<double>(act.beta()) * scaled->factor)),
               {inner->x}, node);
}

// (x / s) W -> (x W) / s for a scale s that is computed; likewise a convolution without bias.
Result<ValueId> DivideAfter(Rewriter& r, Node& node) {
  const bool product = node.op.type == plan::Op::MatMul || node.op.type == plan::Op::Conv2d;
  if (!product || !r.graph().is_constant(node.inputs[1])) return kNoValue;
  if (node.inputs.size() > 2 && node.inputs[2] != kNoValue) return kNoValue;
  const Node* divided = r.producer(node.inputs[0]);
  if (!IsBinary(divided, BinaryFn::Div) || NumElements(r.shape(divided->inputs[1])) != 1) return kNoValue;
  const ValueId x = divided->inputs[0], scale = divided->inputs[1];
  if (r.graph().is_constant(scale) || r.shape(x) != r.shape(node.inputs[0])) return kNoValue;
  ValueId y = kNoValue;
  if (const auto* conv = OpOf<plan::Conv2dT>(&node); conv != nullptr) {
    VITRT_ASSIGN_OR_RETURN(y, r.Add(plan::Conv2dT(*conv), {x, node.inputs[1]}, node));
  } else {
    VITRT_ASSIGN_OR_RETURN(y, r.Add(plan::MatMulT(*OpOf<plan::MatMulT>(&node)), {x, node.inputs[1]}, node));
  }
  return r.Add(ops::Binary(BinaryFn::Div), {y, scale}, node);
}

// (y / s) * (s * c) -> y * c, (y / s) * s -> y
Result<ValueId> CancelScale(Rewriter& r, Node& node) {
  if (!IsBinary(&node, BinaryFn::Mul)) return kNoValue;
  for (const ValueId v : node.inputs) {
    const Node* divided = r.producer(v);
    if (!IsBinary(divided, BinaryFn::Div) || r.graph().is_constant(divided->inputs[1])) continue;
    const ValueId scale = divided->inputs[1], factor = *Other(&node, BinaryFn::Mul, v), y = divided->inputs[0];
    if (factor == scale && r.shape(y) == r.shape(node.outputs[0])) return y;
    const auto constant = Other(r.producer(factor), BinaryFn::Mul, scale);
    if (constant && r.graph().is_constant(*constant)) return r.Add(ops::Binary(BinaryFn::Mul), {y, *constant}, node);
  }
  return kNoValue;
}

}  // namespace

Result<int> DropRounding(Graph* graph) {
  VITRT_RETURN_IF_ERROR(FoldConstants(graph).status());
  int changes = 0;
  for (const auto& rule : {DropRound, DropScale, DivideAfter, CancelScale}) {
    VITRT_ASSIGN_OR_RETURN(const int changed, RewriteToFixpoint(graph, rule));
    changes += changed;
  }
  return changes;
}

}  // namespace vitrt::convert

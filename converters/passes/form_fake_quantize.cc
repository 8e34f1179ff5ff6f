// The roundings of a quantised model, as the importer writes them, become functions that round to 8 bits and back.
//
//   clip(round(u) + z; l, l + 255)                       -> FakeQuantize(u; 1, l - z) + z
//   (FakeQuantize(u; 1, b) + z) - z                      -> FakeQuantize(u; 1, b)
//   FakeQuantize(x / s; 1, b) * s                        -> FakeQuantize(x; s, b)
//   FakeQuantize(move(FakeQuantize(x; s, b)); s, b)      -> move(FakeQuantize(x; s, b))
//   clip(round(f / s) + z; 0, 255) - z, f dynamic        -> f / s        s and z computed from the image
//   ((f / s) W) (s c)                                    -> (f W) c      W: a linear layer or convolution without bias
#include <cmath>

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

plan::Activation ActOf(const Node* node) { return ops::ActivationOf(OpOf<plan::UnaryT>(node)->act); }

// The other input of a Binary of `known` and something.
std::optional<ValueId> Other(const Node* node, BinaryFn fn, ValueId known) {
  if (!IsBinary(node, fn)) return {};
  if (node->inputs[0] == known) return node->inputs[1];
  return node->inputs[1] == known ? std::optional(node->inputs[0]) : std::nullopt;
}

// clip(round(x) + zero; low, low + 255); zero may be kNoValue.
struct Rounded {
  ValueId x, zero;
  double low;
};
std::optional<Rounded> MatchRounded(const Rewriter& r, const Node* clip) {
  if (!IsUnary(clip, UnaryFn::Clip)) return {};
  const plan::Activation act = ActOf(clip);
  if (act.beta() - act.alpha() != 255 || std::floor(act.alpha()) != act.alpha()) return {};
  Rounded found{kNoValue, kNoValue, static_cast<double>(act.alpha())};
  const Node* round = r.producer(clip->inputs[0]);
  if (IsBinary(round, BinaryFn::Add)) {
    found.zero = round->inputs[1];
    round = r.producer(round->inputs[0]);
  }
  if (!IsUnary(round, UnaryFn::Round)) return {};
  found.x = round->inputs[0];
  return found;
}

Result<ValueId> FormRounded(Rewriter& r, Node& node) {
  const auto rounded = MatchRounded(r, &node);
  if (!rounded) return kNoValue;
  double zero = 0;
  if (rounded->zero != kNoValue) {
    const auto uniform = UniformConstant(r.graph(), rounded->zero);
    if (!uniform) return kNoValue;
    zero = *uniform;
  }
  const double least = rounded->low - zero;
  if (least < -255 || least > 0 || std::floor(least) != least) return kNoValue;
  VITRT_ASSIGN_OR_RETURN(const ValueId y,
                         r.Add(ops::Unary(UnaryFn::FakeQuantize, 1, static_cast<float>(least)), {rounded->x}, node));
  return rounded->zero == kNoValue ? Result<ValueId>(y) : r.Add(ops::Binary(BinaryFn::Add), {y, rounded->zero}, node);
}

Result<ValueId> CancelZero(Rewriter& r, Node& node) {
  if (!IsBinary(&node, BinaryFn::Sub)) return kNoValue;
  const Node* added = r.producer(node.inputs[0]);
  if (!IsBinary(added, BinaryFn::Add)) return kNoValue;
  const Node* rounded = r.producer(added->inputs[0]);
  if (!IsUnary(rounded, UnaryFn::FakeQuantize) || ActOf(rounded).alpha() != 1) return kNoValue;
  const auto zero = UniformConstant(r.graph(), added->inputs[1]);
  if (!zero || zero != UniformConstant(r.graph(), node.inputs[1])) return kNoValue;
  return r.shape(added->inputs[0]) == r.shape(node.outputs[0]) ? Result<ValueId>(added->inputs[0]) : kNoValue;
}

Result<ValueId> TakeScale(Rewriter& r, Node& node) {
  if (!IsBinary(&node, BinaryFn::Mul)) return kNoValue;
  const auto scaled = MatchWithConstant(r.graph(), &node);
  const Node* rounded = scaled ? r.producer(scaled->x) : nullptr;
  if (!IsUnary(rounded, UnaryFn::FakeQuantize) || ActOf(rounded).alpha() != 1) return kNoValue;
  const Node* divided = r.producer(rounded->inputs[0]);
  const auto inner = divided == nullptr ? std::nullopt : MatchWithConstant(r.graph(), divided);
  if (!inner || !IsBinary(divided, BinaryFn::Div) || inner->constant_first) return kNoValue;
  const auto scale = UniformConstant(r.graph(), inner->constant);
  if (!scale || scale != UniformConstant(r.graph(), scaled->constant)) return kNoValue;
  return r.Add(ops::Unary(UnaryFn::FakeQuantize, static_cast<float>(*scale), ActOf(rounded).beta()), {inner->x}, node);
}

// Exporters write a rounding after every operator, also where values only move.
Result<ValueId> DropRepeated(Rewriter& r, Node& node) {
  if (!IsUnary(&node, UnaryFn::FakeQuantize)) return kNoValue;
  const Node* before = r.producer(node.inputs[0]);
  while (before != nullptr && (before->op.type == plan::Op::Reshape || before->op.type == plan::Op::Transpose ||
                               before->op.type == plan::Op::Slice))
    before = r.producer(before->inputs[0]);
  if (!IsUnary(before, UnaryFn::FakeQuantize)) return kNoValue;
  const plan::Activation a = ActOf(&node), b = ActOf(before);
  return a.alpha() == b.alpha() && a.beta() == b.beta() ? node.inputs[0] : kNoValue;
}

// The importer gives a computed zero point to no other x than the one that it was computed from.
Result<ValueId> CancelDynamicZero(Rewriter& r, Node& node) {
  if (!IsBinary(&node, BinaryFn::Sub)) return kNoValue;
  const auto rounded = MatchRounded(r, r.producer(node.inputs[0]));
  if (!rounded || rounded->zero != node.inputs[1] || r.graph().is_constant(node.inputs[1])) return kNoValue;
  const Node* divided = r.producer(rounded->x);
  if (!IsBinary(divided, BinaryFn::Div)) return kNoValue;
  const Node* dynamic = r.producer(divided->inputs[0]);
  return OpOf<plan::DynamicFakeQuantizeT>(dynamic) == nullptr ? kNoValue : rounded->x;
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

Result<int> FormFakeQuantize(Graph* graph) {
  return RewriteToFixpoint(graph, [](Rewriter& r, Node& node) -> Result<ValueId> {
    for (const auto rule :
         {CancelDynamicZero, FormRounded, CancelZero, TakeScale, DropRepeated, DivideAfter, CancelScale}) {
      VITRT_ASSIGN_OR_RETURN(const ValueId y, rule(r, node));
      if (y != kNoValue) return y;
    }
    return kNoValue;
  });
}

}  // namespace vitrt::convert

// Activations from their pieces.
//
//   min(max(x, a), b)                  -> Clip(x; a, b)
//   clip(a*x + b, 0, h) * (1/h)        -> HardSigmoid(x; a/h, b/h)
//   x * HardSigmoid(x; 1/6, 0.5)       -> HardSwish(x)          also with the factor 1/6 taken last
//   x * sigmoid(a*x)                   -> Silu(x; a)            SiLU, QuickGELU
#include <cmath>

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

plan::Activation ActOf(const Node* node) { return ops::ActivationOf(OpOf<plan::UnaryT>(node)->act); }

// The value of which `v` is a line a*x + b, reached through one Mul, Div, Add and Sub with scalars each.
struct Line {
  ValueId x;
  double a, b;
};
Line MatchLine(const Rewriter& r, ValueId v) {
  Line line{v, 1, 0};
  for (int i = 0; i < 2; ++i) {
    const auto m = MatchWithConstant(r.graph(), r.producer(line.x));
    if (!m) break;
    const auto step = PolynomialOf(r, line.x, m->x, 1);
    if (!step || (*step)[2] != 0 || (*step)[3] != 0) break;
    line = {m->x, line.a * (*step)[1], line.b + line.a * (*step)[0]};
  }
  return line;
}

// min(max(x, low), high) in either order.
Result<ValueId> MatchClip(Rewriter& r, const Node& node) {
  const auto outer = MatchWithConstant(r.graph(), &node);
  if (!outer || (outer->fn != BinaryFn::Min && outer->fn != BinaryFn::Max) || !r.read_once(outer->x)) return kNoValue;
  const auto inner = MatchWithConstant(r.graph(), r.producer(outer->x));
  if (!inner || inner->fn != (outer->fn == BinaryFn::Min ? BinaryFn::Max : BinaryFn::Min)) return kNoValue;
  const auto a = UniformConstant(r.graph(), outer->constant), b = UniformConstant(r.graph(), inner->constant);
  if (!a || !b) return kNoValue;
  const double low = outer->fn == BinaryFn::Max ? *a : *b, high = outer->fn == BinaryFn::Max ? *b : *a;
  if (low > high) return kNoValue;
  return r.Add(ops::Unary(UnaryFn::Clip, static_cast<float>(low), static_cast<float>(high)), {inner->x}, node);
}

// clip(line(x), 0, h) scaled by 1/h.
Result<ValueId> MatchHardSigmoid(Rewriter& r, const Node& node) {
  const auto scaled = MatchScaled(r.graph(), &node);
  const Node* clip = scaled ? r.producer(scaled->x) : nullptr;
  if (!IsUnary(clip, UnaryFn::Clip) || !r.read_once(scaled->x)) return kNoValue;
  if (ActOf(clip).alpha() != 0 || !Near(ActOf(clip).beta() * scaled->factor, 1)) return kNoValue;
  const Line line = MatchLine(r, clip->inputs[0]);
  return r.Add(ops::Unary(UnaryFn::HardSigmoid, static_cast<float>(line.a * scaled->factor),
                          static_cast<float>(line.b * scaled->factor)),
               {line.x}, node);
}

// x * clip(x + 3, 0, 6), to be divided by 6: the factor comes last.
Result<ValueId> MatchHardSwishScaledLast(Rewriter& r, const Node& node) {
  const auto scaled = MatchScaled(r.graph(), &node);
  if (!scaled || !Near(scaled->factor, 1.0 / 6) || !r.read_once(scaled->x)) return kNoValue;
  const Node* product = r.producer(scaled->x);
  if (!IsBinary(product, BinaryFn::Mul)) return kNoValue;
  for (const size_t i : {0, 1}) {
    const ValueId x = product->inputs[1 - i];
    const Node* clip = r.producer(product->inputs[i]);
    if (!IsUnary(clip, UnaryFn::Clip) || ActOf(clip).alpha() != 0 || ActOf(clip).beta() != 6) continue;
    const auto line = PolynomialOf(r, clip->inputs[0], x, 2);
    if (line && Near(*line, Polynomial{3, 1, 0, 0})) return r.Add(ops::Unary(UnaryFn::HardSwish), {x}, node);
  }
  return kNoValue;
}

Result<ValueId> MatchGate(Rewriter& r, const Node& node) {
  if (!IsBinary(&node, BinaryFn::Mul)) return kNoValue;
  for (const size_t i : {0, 1}) {
    const ValueId x = node.inputs[1 - i];
    const Node* gate = r.producer(node.inputs[i]);
    if (IsUnary(gate, UnaryFn::HardSigmoid) && gate->inputs[0] == x && Near(ActOf(gate).alpha(), 1.0 / 6) &&
        Near(ActOf(gate).beta(), 0.5)) {
      return r.Add(ops::Unary(UnaryFn::HardSwish), {x}, node);
    }
    if (!IsUnary(gate, UnaryFn::Sigmoid)) continue;
    const auto line = PolynomialOf(r, gate->inputs[0], x, 1);
    if (!line || !Near(*line, Polynomial{0, (*line)[1], 0, 0}) || (*line)[1] == 0) continue;
    return r.Add(ops::Unary(UnaryFn::Silu, static_cast<float>((*line)[1])), {x}, node);
  }
  return kNoValue;
}

}  // namespace

Result<int> FuseActivations(Graph* graph) {
  return RewriteToFixpoint(graph, [](Rewriter& r, Node& node) -> Result<ValueId> {
    for (const auto match : {MatchClip, MatchHardSigmoid, MatchHardSwishScaledLast, MatchGate}) {
      VITRT_ASSIGN_OR_RETURN(const ValueId y, match(r, node));
      if (y != kNoValue) return y;
    }
    return kNoValue;
  });
}

}  // namespace vitrt::convert

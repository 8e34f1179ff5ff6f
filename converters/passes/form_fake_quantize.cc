// The roundings of a quantised model, as the importer writes them, become functions that round to 8 bits and back.
//
//   clip(round(u) + z; l, l + 255)                       -> FakeQuantize(u; 1, l - z) + z
//   (FakeQuantize(u; 1, b) + z) - z                      -> FakeQuantize(u; 1, b)
//   FakeQuantize(x / s; 1, b) * s                        -> FakeQuantize(x; s, b)
//   FakeQuantize(move(FakeQuantize(x; s, b)); s, b)      -> move(FakeQuantize(x; s, b))
// With f = DynamicFakeQuantize(x), its own scale s and zero point z, and the integers q = clip(round(f / s) + z; 0, 255) - z:
//
//   q s                                                  -> f
//   (q W) (s c), (q W) s                                 -> (f W) c, f W  W: a linear layer or convolution without bias
//
// Of no other computed s: it may be 0 or infinite. Who reads q or q W in other ways still gets whole numbers.
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
  if (!(*scale > 0) || !std::isfinite(*scale)) return kNoValue;
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

// What is behind values that only move.
ValueId Unmoved(const Rewriter& r, ValueId v) {
  for (const Node* node = r.producer(v);
       node != nullptr && (node->op.type == plan::Op::Reshape || node->op.type == plan::Op::Transpose);
       node = r.producer(v))
    v = node->inputs[0];
  return v;
}

bool IsScalar(const Rewriter& r, ValueId v, double value) { return UniformConstant(r.graph(), v) == value; }

// min(x, 0) or max(x, 0) over all of x.
bool IsEndOfRange(const Rewriter& r, ValueId v, plan::ReduceFn reduce, BinaryFn fn, ValueId x) {
  const Node* end = r.producer(v);
  if (!IsBinary(end, fn) || !IsScalar(r, end->inputs[1], 0)) return false;
  const Node* reduced = r.producer(end->inputs[0]);
  const auto* op = OpOf<plan::ReduceT>(reduced);
  return op != nullptr && op->fn == reduce && NumElements(r.shape(reduced->outputs[0])) == 1 &&
         Unmoved(r, reduced->inputs[0]) == Unmoved(r, x);
}

// `scale` and `zero` are those of DynamicQuantizeLinear of x, as the importer writes them.
bool IsGridOf(const Rewriter& r, ValueId scale, ValueId zero, ValueId x) {
  const Node* where = r.producer(scale);
  if (OpOf<plan::WhereT>(where) == nullptr || !IsScalar(r, where->inputs[1], 1)) return false;
  const Node *empty = r.producer(where->inputs[0]), *step = r.producer(where->inputs[2]);
  if (!IsBinary(step, BinaryFn::Div) || !IsScalar(r, step->inputs[1], 255)) return false;
  if (!IsBinary(empty, BinaryFn::Equal) || empty->inputs[0] != step->inputs[0] || !IsScalar(r, empty->inputs[1], 0))
    return false;
  const Node* range = r.producer(step->inputs[0]);
  if (!IsBinary(range, BinaryFn::Sub)) return false;
  const ValueId high = range->inputs[0], low = range->inputs[1];
  if (!IsEndOfRange(r, high, plan::ReduceFn::Max, BinaryFn::Max, x)) return false;
  if (!IsEndOfRange(r, low, plan::ReduceFn::Min, BinaryFn::Min, x)) return false;
  const Node* rounded = r.producer(zero);  // FormRounded has been here
  if (!IsUnary(rounded, UnaryFn::FakeQuantize) || ActOf(rounded).alpha() != 1 || ActOf(rounded).beta() != 0)
    return false;
  const Node* negative = r.producer(rounded->inputs[0]);
  if (!IsBinary(negative, BinaryFn::Sub) || !IsScalar(r, negative->inputs[0], 0)) return false;
  const Node* divided = r.producer(negative->inputs[1]);
  return IsBinary(divided, BinaryFn::Div) && divided->inputs[0] == low && divided->inputs[1] == scale;
}

// The integers q, less their zero point, of DynamicQuantizeLinear: y = q scale is DynamicFakeQuantize.
struct DynamicIntegers {
  ValueId y, scale;
};
std::optional<DynamicIntegers> MatchDynamicIntegers(const Rewriter& r, const Node* node) {
  if (!IsBinary(node, BinaryFn::Sub)) return {};
  const auto rounded = MatchRounded(r, r.producer(node->inputs[0]));
  if (!rounded || rounded->zero != node->inputs[1] || rounded->low != 0) return {};
  const Node* divided = r.producer(rounded->x);
  if (!IsBinary(divided, BinaryFn::Div)) return {};
  const ValueId y = divided->inputs[0], scale = divided->inputs[1];
  const Node* dynamic = r.producer(y);
  if (OpOf<plan::DynamicFakeQuantizeT>(dynamic) == nullptr) return {};
  if (!IsGridOf(r, scale, rounded->zero, dynamic->inputs[0])) return {};
  return DynamicIntegers{y, scale};
}

Result<ValueId> ScaleDynamic(Rewriter& r, Node& node) {
  if (!IsBinary(&node, BinaryFn::Mul)) return kNoValue;
  for (const ValueId v : node.inputs) {
    const auto integers = MatchDynamicIntegers(r, r.producer(v));
    if (integers && Other(&node, BinaryFn::Mul, v) == integers->scale &&
        r.shape(integers->y) == r.shape(node.outputs[0]))
      return integers->y;
  }
  return kNoValue;
}

// A product of a value and constant weights, and nothing else.
bool IsPlainProduct(const Rewriter& r, const Node* node) {
  if (node == nullptr || (node->op.type != plan::Op::MatMul && node->op.type != plan::Op::Conv2d)) return false;
  return r.graph().is_constant(node->inputs[1]) && (node->inputs.size() < 3 || node->inputs[2] == kNoValue);
}

Result<ValueId> ScaleDynamicProduct(Rewriter& r, Node& node) {
  if (!IsBinary(&node, BinaryFn::Mul)) return kNoValue;
  for (const ValueId v : node.inputs) {
    const Node* product = r.producer(v);
    if (!IsPlainProduct(r, product)) continue;
    const auto integers = MatchDynamicIntegers(r, r.producer(product->inputs[0]));
    if (!integers || r.shape(v) != r.shape(node.outputs[0])) continue;
    const ValueId factor = *Other(&node, BinaryFn::Mul, v);
    const auto constant = Other(r.producer(factor), BinaryFn::Mul, integers->scale);
    if (factor != integers->scale && !(constant && r.graph().is_constant(*constant))) continue;
    const std::vector<ValueId> inputs = {integers->y, product->inputs[1]};
    ValueId y = kNoValue;
    if (const auto* conv = OpOf<plan::Conv2dT>(product); conv != nullptr) {
      VITRT_ASSIGN_OR_RETURN(y, r.Add(plan::Conv2dT(*conv), inputs, *product));
    } else {
      VITRT_ASSIGN_OR_RETURN(y, r.Add(plan::MatMulT(*OpOf<plan::MatMulT>(product)), inputs, *product));
    }
    return factor == integers->scale ? Result<ValueId>(y) : r.Add(ops::Binary(BinaryFn::Mul), {y, *constant}, node);
  }
  return kNoValue;
}

}  // namespace

Result<int> FormFakeQuantize(Graph* graph) {
  return RewriteToFixpoint(graph, [](Rewriter& r, Node& node) -> Result<ValueId> {
    for (const auto rule : {FormRounded, CancelZero, TakeScale, DropRepeated, ScaleDynamic, ScaleDynamicProduct}) {
      VITRT_ASSIGN_OR_RETURN(const ValueId y, rule(r, node));
      if (y != kNoValue) return y;
    }
    return kNoValue;
  });
}

}  // namespace vitrt::convert

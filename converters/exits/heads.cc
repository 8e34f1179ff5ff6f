#include "converters/exits/heads.h"

#include <algorithm>
#include <cmath>

namespace vitrt::convert {
namespace {

using plan::BinaryFn;
using plan::Op;
using plan::ReduceFn;
using plan::UnaryFn;

constexpr int kDepth = 12;  // of sums of probabilities

int64_t LargeAxes(const Shape& shape) {
  return std::count_if(shape.begin(), shape.end(), [](int64_t d) { return d > 1; });
}

// Looks at how values are made.
class Origin {
 public:
  Origin(const Graph& graph, const Graph::Uses& uses) : graph_(graph), uses_(uses) {}

  const Node* Maker(ValueId v) const {
    const int at = v == kNoValue ? -1 : uses_.producer[static_cast<size_t>(v)];
    return at < 0 ? nullptr : graph_.nodes[static_cast<size_t>(at)].get();
  }

  const Node* Maker(ValueId v, Op op) const {
    const Node* node = Maker(v);
    return node != nullptr && node->op.type == op ? node : nullptr;
  }

  const Node* Unary(ValueId v, UnaryFn fn) const {
    const Node* node = Maker(v, Op::Unary);
    return node != nullptr && node->op.AsUnary()->act && node->op.AsUnary()->act->fn() == fn ? node : nullptr;
  }

  const Node* Binary(ValueId v, BinaryFn fn) const {
    const Node* node = Maker(v, Op::Binary);
    return node != nullptr && node->op.AsBinary()->fn == fn ? node : nullptr;
  }

  // Back through what only gives the same elements, in the same order, another shape.
  ValueId BeforeReshapes(ValueId v) const {
    while (const Node* node = Maker(v)) {
      const bool moves_nothing = node->op.type == Op::Reshape || Unary(v, UnaryFn::Identity) != nullptr ||
                                 (node->op.type == Op::Transpose && LargeAxes(graph_.value(v).shape) <= 1);
      if (!moves_nothing) break;
      v = node->inputs[0];
    }
    return v;
  }

  // The one number of a constant.
  std::optional<double> Number(ValueId v) const {
    if (!graph_.is_constant(v) || graph_.constant(v).size() != 1) return {};
    return ToF64Vector(graph_.constant(v))[0];
  }

  // x of x * c or x / c with a positive number c, else v; a scale is set to c or 1 / c.
  ValueId BeforeScale(ValueId v, double* scale) const {
    *scale = 1;
    const Node* times = Binary(v, BinaryFn::Mul);
    const Node* over = Binary(v, BinaryFn::Div);
    for (size_t i = 0; times != nullptr && i < 2; ++i) {
      const auto c = Number(times->inputs[1 - i]);
      if (!c || !(*c > 0)) continue;
      *scale = *c;
      return BeforeReshapes(times->inputs[i]);
    }
    if (over != nullptr) {
      const auto c = Number(over->inputs[1]);
      if (!c || !(*c > 0)) return v;
      *scale = 1 / *c;
      return BeforeReshapes(over->inputs[0]);
    }
    return v;
  }

  // The input of a softmax over all elements that makes v, also one written as exp(x) / sum(exp(x)); kNoValue: none.
  ValueId SoftmaxInput(ValueId v, bool log) const {
    if (const Node* node = Maker(v, Op::Softmax); node != nullptr && node->op.AsSoftmax()->log == log) {
      const Shape& shape = graph_.value(v).shape;
      const int64_t over = shape[static_cast<size_t>(node->op.AsSoftmax()->axis)];
      return over == NumElements(shape) ? BeforeReshapes(node->inputs[0]) : kNoValue;
    }
    if (log) {
      const Node* node = Unary(v, UnaryFn::Log);
      return node == nullptr ? kNoValue : SoftmaxInput(BeforeReshapes(node->inputs[0]), false);
    }
    if (const Node* node = Unary(v, UnaryFn::Exp)) return SoftmaxInput(BeforeReshapes(node->inputs[0]), true);
    const Node* ratio = Binary(v, BinaryFn::Div);
    if (ratio == nullptr || Unary(ratio->inputs[0], UnaryFn::Exp) == nullptr) return kNoValue;
    const Node* sum = Maker(BeforeReshapes(ratio->inputs[1]), Op::Reduce);
    const bool all = sum != nullptr && sum->op.AsReduce()->fn == ReduceFn::Sum && sum->inputs[0] == ratio->inputs[0] &&
                     NumElements(graph_.value(sum->outputs[0]).shape) == 1;
    if (!all) return kNoValue;
    const ValueId exponent = Unary(ratio->inputs[0], UnaryFn::Exp)->inputs[0];
    const Node* shifted = Binary(exponent, BinaryFn::Sub);  // by the largest, which changes nothing
    return BeforeReshapes(shifted != nullptr ? shifted->inputs[0] : exponent);
  }

  ValueId SigmoidInput(ValueId v) const {
    const Node* node = Unary(v, UnaryFn::Sigmoid);
    return node == nullptr ? kNoValue : BeforeReshapes(node->inputs[0]);
  }

  // A sum of `ending`s, each taken `weight` times in all: an average of probabilities, where that is 1.
  struct Mixture {
    Ending ending;
    double weight;
  };

  std::optional<Mixture> MixtureOf(ValueId v, int depth = 0) const {
    v = BeforeReshapes(v);
    if (SoftmaxInput(v, false) != kNoValue) return Mixture{Ending::kSoftmax, 1};
    if (SigmoidInput(v) != kNoValue) return Mixture{Ending::kSigmoid, 1};
    if (depth == kDepth) return {};
    if (const Node* sum = Binary(v, BinaryFn::Add)) {
      const auto a = MixtureOf(sum->inputs[0], depth + 1), b = MixtureOf(sum->inputs[1], depth + 1);
      if (!a || !b || a->ending != b->ending) return {};
      return Mixture{a->ending, a->weight + b->weight};
    }
    if (const Node* clip = Unary(v, UnaryFn::Clip)) return MixtureOf(clip->inputs[0], depth + 1);
    if (const Node* reduce = Maker(v, Op::Reduce)) return MixtureOfStack(*reduce, depth);
    double scale = 1;
    const ValueId x = BeforeScale(v, &scale);
    if (x == v) return {};
    auto inner = MixtureOf(x, depth + 1);
    if (inner) inner->weight *= scale;
    return inner;
  }

  // v = [1 - s, s] or [s, 1 - s].
  bool IsPairOfOne(ValueId v) const {
    const Node* pair = Maker(v, Op::Concat);
    if (pair == nullptr || pair->inputs.size() != 2) return false;
    for (size_t i = 0; i < 2; ++i) {
      const Node* rest = Binary(BeforeReshapes(pair->inputs[i]), BinaryFn::Sub);
      if (rest == nullptr || Number(rest->inputs[0]) != 1.0) continue;
      const ValueId s = BeforeReshapes(pair->inputs[1 - i]);
      if (BeforeReshapes(rest->inputs[1]) == s && MixtureOf(s).has_value()) return true;
    }
    return false;
  }

  // Such as the class token behind the last LayerNorm.
  bool IsPartOfLayerNorm(ValueId v) const {
    const Node* node = Maker(BeforeReshapes(v));
    while (node != nullptr && (node->op.type == Op::Slice || node->op.type == Op::Gather))
      node = Maker(BeforeReshapes(node->inputs[0]));
    return node != nullptr && node->op.type == Op::LayerNorm;
  }

  // v = x / norm(x), where the norm is computed from x within a few steps.
  bool IsDividedByItsNorm(ValueId v) const {
    const Node* ratio = Binary(v, BinaryFn::Div);
    if (ratio == nullptr || NumElements(graph_.value(ratio->inputs[0]).shape) < 2) return false;
    const ValueId x = BeforeReshapes(ratio->inputs[0]);
    std::vector<std::pair<ValueId, bool>> wanted = {{ratio->inputs[1], false}};  // value, a reduction was passed
    for (int steps = 0; !wanted.empty() && steps < 64; ++steps) {
      const auto [at, reduced] = wanted.back();
      wanted.pop_back();
      if (reduced && BeforeReshapes(at) == x) return true;
      const Node* node = Maker(at);
      const bool follows = node != nullptr &&
                           (node->op.type == Op::Unary || node->op.type == Op::Binary || node->op.type == Op::Reduce ||
                            node->op.type == Op::Expand || node->op.type == Op::Where || node->op.type == Op::Reshape);
      if (!follows || at == x) continue;
      const bool norm = node->op.type == Op::Reduce && node->op.AsReduce()->fn != ReduceFn::Max;
      for (ValueId input : node->inputs) wanted.emplace_back(input, reduced || norm);
    }
    return false;
  }

 private:
  // The sum or mean over the axis along which mixtures were stacked.
  std::optional<Mixture> MixtureOfStack(const Node& reduce, int depth) const {
    const auto& op = *reduce.op.AsReduce();
    const Node* stack = Maker(reduce.inputs[0], Op::Concat);
    if (stack == nullptr || (op.fn != ReduceFn::Sum && op.fn != ReduceFn::Mean)) return {};
    const int32_t axis = stack->op.AsConcat()->axis;
    if (op.axes != std::vector<int32_t>{axis}) return {};
    std::optional<Mixture> all;
    for (ValueId part : stack->inputs) {
      const auto one = MixtureOf(part, depth + 1);
      if (!one || graph_.value(part).shape[static_cast<size_t>(axis)] != 1 || (all && all->ending != one->ending))
        return {};
      all = Mixture{one->ending, one->weight + (all ? all->weight : 0)};
    }
    if (all && op.fn == ReduceFn::Mean) all->weight /= static_cast<double>(stack->inputs.size());
    return all;
  }

  const Graph& graph_;
  const Graph::Uses& uses_;
};

}  // namespace

int64_t VectorSize(const Shape& shape) {
  if (shape.size() < 2 || shape[0] != 1) return -1;
  return std::all_of(shape.begin() + 2, shape.end(), [](int64_t d) { return d == 1; }) ? shape[1] : -1;
}

Head DescribeHead(const Graph& graph, const Graph::Uses& uses, ValueId output) {
  const Origin origin(graph, uses);
  Head head;
  head.value = head.source = origin.BeforeReshapes(output);
  const auto ends_in = [&](Ending ending, ValueId source) {
    double scale = 1;
    head.ending = ending;
    head.source = origin.BeforeScale(source, &scale);
    head.scaled = scale != 1;
    return head;
  };
  const Node* maker = origin.Maker(head.value);
  if (maker == nullptr) return head;
  if (const ValueId x = origin.SoftmaxInput(head.value, false); x != kNoValue) return ends_in(Ending::kSoftmax, x);
  if (const ValueId x = origin.SoftmaxInput(head.value, true); x != kNoValue) return ends_in(Ending::kLogSoftmax, x);
  if (const ValueId x = origin.SigmoidInput(head.value); x != kNoValue) return ends_in(Ending::kSigmoid, x);
  constexpr double kRounding = 1e-3;
  const auto mixture = origin.MixtureOf(head.value);
  if (mixture && std::abs(mixture->weight - 1) < kRounding) {
    head.ending = mixture->ending;
  } else if (origin.IsPairOfOne(head.value)) {
    head.ending = Ending::kSoftmax;
  } else if (maker->op.type == Op::TopK) {
    head.ending = Ending::kTopK;
  } else if (origin.IsPartOfLayerNorm(head.value) || origin.IsDividedByItsNorm(head.value)) {
    head.ending = Ending::kNormalised;
  }
  return head;
}

}  // namespace vitrt::convert

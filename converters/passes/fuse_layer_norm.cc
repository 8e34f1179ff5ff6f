// LayerNorm and RMSNorm from their pieces, over the last axis (another single axis gets transposes around it), and
// their gamma and beta.
//
//   d = x - mean(x);  d / sqrt(mean(d*d) + eps)      -> LayerNorm(x)          also * reciprocal, Pow 0.5 and -0.5
//   x / sqrt(mean(x*x) + eps)                        -> LayerNorm(x, rms)
//   LayerNorm(x) * gamma + beta                      -> LayerNorm(x, gamma, beta)
#include <numeric>

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

struct Norm {
  ValueId x = kNoValue;
  int axis = -1;
  float epsilon = 0;
  bool rms = false;
};

// Mean over one axis that stays as 1; gives the axis and x.
std::optional<std::pair<ValueId, int>> MatchMean(const Rewriter& r, ValueId v) {
  const Node* node = r.producer(v);
  const auto* reduce = OpOf<plan::ReduceT>(node);
  if (reduce == nullptr || reduce->fn != plan::ReduceFn::Mean || reduce->axes.size() != 1 || !reduce->keep_dims)
    return {};
  return std::make_pair(node->inputs[0], reduce->axes[0]);
}

// d with v == d * d.
ValueId MatchSquare(const Rewriter& r, ValueId v) {
  const Node* node = r.producer(v);
  if (IsBinary(node, plan::BinaryFn::Mul) && node->inputs[0] == node->inputs[1]) return node->inputs[0];
  if (IsBinary(node, plan::BinaryFn::Pow) && UniformConstant(r.graph(), node->inputs[1]) == 2.0) return node->inputs[0];
  return kNoValue;
}

// v == sqrt(u), also written as a power; `exponent` 0.5 or -0.5.
ValueId MatchRoot(const Rewriter& r, ValueId v, double exponent) {
  const Node* node = r.producer(v);
  if (IsBinary(node, plan::BinaryFn::Pow) && UniformConstant(r.graph(), node->inputs[1]) == exponent)
    return node->inputs[0];
  if (exponent > 0) return IsUnary(node, plan::UnaryFn::Sqrt) ? node->inputs[0] : kNoValue;
  if (IsUnary(node, plan::UnaryFn::Reciprocal)) return MatchRoot(r, node->inputs[0], 0.5);
  if (IsBinary(node, plan::BinaryFn::Div) && UniformConstant(r.graph(), node->inputs[0]) == 1.0)
    return MatchRoot(r, node->inputs[1], 0.5);
  return kNoValue;
}

// `numerator` over the root of the mean of its square, `variance` = that mean + epsilon.
std::optional<Norm> MatchNorm(const Rewriter& r, ValueId numerator, ValueId variance) {
  const Node* add = r.producer(variance);
  if (!IsBinary(add, plan::BinaryFn::Add)) return {};
  for (const size_t constant : {0, 1}) {
    const auto epsilon = UniformConstant(r.graph(), add->inputs[constant]);
    const auto mean = MatchMean(r, add->inputs[1 - constant]);
    if (!epsilon || !mean || MatchSquare(r, mean->first) == kNoValue) continue;
    Norm norm{numerator, mean->second, static_cast<float>(*epsilon), true};
    const ValueId d = MatchSquare(r, mean->first);
    const Node* sub = r.producer(numerator);
    const auto centre = IsBinary(sub, plan::BinaryFn::Sub) ? MatchMean(r, sub->inputs[1]) : std::nullopt;
    if (centre && centre->first == sub->inputs[0] && centre->second == norm.axis) {
      const Node* other = r.producer(d);  // exporters may subtract the mean twice
      const bool same = d == numerator || (IsBinary(other, plan::BinaryFn::Sub) && other->inputs == sub->inputs);
      if (!same) return {};
      norm.x = sub->inputs[0];
      norm.rms = false;
    } else if (d != numerator) {
      continue;
    }
    return norm;
  }
  return {};
}

std::optional<Norm> MatchNorm(const Rewriter& r, const Node* node) {
  if (IsBinary(node, plan::BinaryFn::Div)) {
    const ValueId variance = MatchRoot(r, node->inputs[1], 0.5);
    return variance == kNoValue ? std::nullopt : MatchNorm(r, node->inputs[0], variance);
  }
  if (!IsBinary(node, plan::BinaryFn::Mul)) return {};
  for (const size_t root : {0, 1}) {
    const ValueId variance = MatchRoot(r, node->inputs[root], -0.5);
    if (variance == kNoValue) continue;
    if (const auto norm = MatchNorm(r, node->inputs[1 - root], variance)) return norm;
  }
  return {};
}

Result<ValueId> AddNorm(Rewriter& r, const Norm& norm, const Node& node) {
  const auto rank = static_cast<int>(r.shape(norm.x).size());
  const int axis = norm.axis < 0 ? norm.axis + rank : norm.axis;
  const plan::LayerNormT op = ops::LayerNorm(norm.epsilon, norm.rms);
  if (axis == rank - 1) return r.Add(plan::LayerNormT(op), {norm.x, kNoValue, kNoValue}, node);
  std::vector<int32_t> perm(static_cast<size_t>(rank));
  std::iota(perm.begin(), perm.end(), 0);
  perm.erase(perm.begin() + axis);
  perm.push_back(axis);
  VITRT_ASSIGN_OR_RETURN(const ValueId turned, r.Add(ops::Transpose(perm), {norm.x}, node));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, r.Add(plan::LayerNormT(op), {turned, kNoValue, kNoValue}, node));
  return r.Add(ops::Transpose(InversePermutation(perm)), {y}, node);
}

// LayerNorm(x) * c or + c with c per channel: gamma, then beta.
Result<ValueId> AbsorbAffine(Rewriter& r, const Node& node) {
  const auto m = MatchWithConstant(r.graph(), &node);
  if (!m || (m->fn != plan::BinaryFn::Mul && m->fn != plan::BinaryFn::Add) || !r.read_once(m->x)) return kNoValue;
  const Node* norm = r.producer(m->x);
  const auto* op = OpOf<plan::LayerNormT>(norm);
  const Shape& c = r.shape(m->constant);
  const int64_t n = LastDim(r.shape(m->x));
  if (op == nullptr || NumElements(c) != n || LastDim(c) != n) return kNoValue;
  std::vector<ValueId> inputs = norm->inputs;
  inputs.resize(3, kNoValue);
  const bool gamma = m->fn == plan::BinaryFn::Mul;
  if (inputs[2] != kNoValue || (gamma && inputs[1] != kNoValue) || (!gamma && op->rms)) return kNoValue;
  VITRT_ASSIGN_OR_RETURN(inputs[gamma ? 1 : 2], r.AddReshape(m->constant, {n}, node));
  return r.Add(plan::LayerNormT(*op), std::move(inputs), node);
}

}  // namespace

Result<int> FuseLayerNorm(Graph* graph) {
  return RewriteToFixpoint(graph, [](Rewriter& r, Node& node) -> Result<ValueId> {
    const auto norm = MatchNorm(r, &node);
    return norm ? AddNorm(r, *norm, node) : AbsorbAffine(r, node);
  });
}

}  // namespace vitrt::convert

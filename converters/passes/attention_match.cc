#include "converters/passes/attention_match.h"

#include <algorithm>
#include <cmath>

namespace vitrt::convert {
namespace {

constexpr double kMasked = -1e4;  // scores below this are as good as minus infinity

// Same last two dims: only problems and heads are regrouped.
bool KeepsMatrices(const Shape& a, const Shape& b) {
  return a.size() >= 2 && b.size() >= 2 && std::equal(a.end() - 2, a.end(), b.end() - 2);
}

// From the left operand of P V up to the softmax: reshapes of leading dims, and the guard Where(IsNaN(p), 0, p).
const Node* FindSoftmax(const Rewriter& r, ValueId v, AttentionMatch* match) {
  for (;;) {
    const Node* node = r.producer(v);
    if (const auto* softmax = OpOf<plan::SoftmaxT>(node)) {
      return !softmax->log && softmax->axis == static_cast<int>(r.shape(v).size()) - 1 ? node : nullptr;
    }
    if (OpOf<plan::ReshapeT>(node) != nullptr && r.read_once(v) &&
        KeepsMatrices(r.shape(v), r.shape(node->inputs[0]))) {
      v = node->inputs[0];
      continue;
    }
    if (OpOf<plan::WhereT>(node) == nullptr || !r.read_once(v)) return nullptr;
    const ValueId p = node->inputs[2];
    const Node* is_nan = r.producer(node->inputs[0]);
    const bool guard = IsUnary(is_nan, plan::UnaryFn::IsNaN) && is_nan->inputs[0] == p &&
                       UniformConstant(r.graph(), node->inputs[1]) == 0.0;
    if (!guard || r.is_output(p) || r.readers(p).size() != 2) return nullptr;
    match->guarded = true;
    v = p;
  }
}

bool IsFiniteConstant(const Graph& graph, ValueId v) {
  if (!graph.is_constant(v)) return false;
  const Tensor& data = *graph.value(v).constant;
  return std::all_of(data.f32(), data.f32() + data.size(), [](float x) { return std::isfinite(x); });
}

// The operand of an Add that leads to a matrix product.
std::optional<size_t> ScoresOperand(const Rewriter& r, const Node& add) {
  for (const size_t i : {0, 1}) {
    const ValueId v = add.inputs[i];
    if (r.graph().is_constant(v) || !r.read_once(v) || r.shape(v) != r.shape(add.outputs[0])) continue;
    const Node* maker = r.producer(v);
    while (maker != nullptr && (OpOf<plan::ReshapeT>(maker) != nullptr || MatchWithConstant(r.graph(), maker))) {
      const auto m = MatchWithConstant(r.graph(), maker);
      maker = r.producer(m ? m->x : maker->inputs[0]);
    }
    if (OpOf<plan::MatMulT>(maker) != nullptr) return i;
  }
  return {};
}

// Where(condition, scores, masked) or Where(condition, masked, scores) with a constant condition.
std::optional<ValueId> MatchMask(const Rewriter& r, const Node& node, double factor, AttentionMatch* match) {
  if (OpOf<plan::WhereT>(&node) == nullptr || !r.graph().is_constant(node.inputs[0])) return {};
  for (const bool masked_when : {false, true}) {
    const ValueId scores = node.inputs[masked_when ? 2 : 1];
    const auto masked = UniformConstant(r.graph(), node.inputs[masked_when ? 1 : 2]);
    if (!masked || *masked * factor > kMasked || r.shape(scores) != r.shape(node.outputs[0])) continue;
    match->biases.push_back({node.inputs[0], factor, r.shape(scores), true, masked_when, static_cast<float>(*masked)});
    return scores;
  }
  return {};
}

// From the softmax up to Q K^T, collecting scale and biases.
bool FollowScores(const Rewriter& r, ValueId v, AttentionMatch* match) {
  double factor = 1;  // of everything above
  while (r.read_once(v)) {
    const Node* node = r.producer(v);
    if (node == nullptr) return false;
    if (OpOf<plan::MatMulT>(node) != nullptr) {
      match->scores_matmul = node;
      match->scale = factor;
      return true;
    }
    if (const auto scaled = MatchScaled(r.graph(), node)) {
      factor *= scaled->factor;
      v = scaled->x;
    } else if (OpOf<plan::ReshapeT>(node) != nullptr && KeepsMatrices(r.shape(v), r.shape(node->inputs[0]))) {
      v = node->inputs[0];
    } else if (const auto scores = IsBinary(node, plan::BinaryFn::Add) ? ScoresOperand(r, *node) : std::nullopt) {
      const ValueId bias = node->inputs[1 - *scores];
      // One finite number for a whole row of scores is nothing to a softmax.
      const bool counts = !r.shape(bias).empty() && r.shape(bias).back() == r.shape(v).back();
      if (!counts && !IsFiniteConstant(r.graph(), bias)) return false;
      if (counts) match->biases.push_back({bias, factor, r.shape(v)});
      v = node->inputs[*scores];
    } else if (const auto masked = MatchMask(r, *node, factor, match)) {
      v = *masked;
    } else {
      return false;
    }
  }
  return false;
}

}  // namespace

std::optional<AttentionMatch> MatchAttention(const Rewriter& r, const Node* node) {
  if (OpOf<plan::MatMulT>(node) == nullptr) return {};
  AttentionMatch match;
  match.values_matmul = node;
  const Node* softmax = FindSoftmax(r, node->inputs[0], &match);
  if (softmax == nullptr || r.is_output(softmax->outputs[0]) || r.readers(softmax->outputs[0]).size() > 2) return {};
  if (r.readers(softmax->outputs[0]).size() == 2 && node->inputs[0] == softmax->outputs[0]) return {};
  if (!FollowScores(r, softmax->inputs[0], &match)) return {};
  return match;
}

}  // namespace vitrt::convert

// GELU from its pieces, whatever the tree (Hendrycks and Gimpel 2016).
//
//   x * 0.5 * (1 + erf(x / sqrt 2))                           -> GeluErf(x)
//   x * 0.5 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))     -> GeluTanh(x)
// The argument is compared as a polynomial of x; from erf or tanh on, the product is followed downwards until the
// factors x and 0.5 have been met, in any order and grouping.
#include <cmath>
#include <numbers>

#include "converters/passes/match.h"
#include "converters/passes/passes.h"
#include "runtime/base/check.h"

namespace vitrt::convert {
namespace {

// Non-constant values from which `v` is computed elementwise, nearest first.
std::vector<ValueId> Sources(const Rewriter& r, ValueId v) {
  std::vector<ValueId> found = {v};
  for (size_t i = 0; i < found.size() && found.size() < 32; ++i) {
    const Node* node = r.producer(found[i]);
    if (OpOf<plan::BinaryT>(node) == nullptr) continue;
    for (ValueId input : node->inputs) {
      if (!r.graph().is_constant(input)) found.push_back(input);
    }
  }
  return found;
}

// The product so far is scale * x^(seen_x) * (1 + g).
struct Product {
  ValueId value;
  double scale;
  bool seen_x;
};

// Takes one more factor of the only reader of p.value; false if it is no product that belongs here.
bool Extend(const Rewriter& r, ValueId x, Product* p) {
  if (!r.read_once(p->value)) return false;
  const Node* node = r.readers(p->value).front();
  if (const auto scaled = MatchScaled(r.graph(), node)) {
    *p = {node->outputs[0], p->scale * scaled->factor, p->seen_x};
    return true;
  }
  if (!IsBinary(node, plan::BinaryFn::Mul) || p->seen_x) return false;
  const auto factor = PolynomialOf(r, node->inputs[node->inputs[0] == p->value ? 1 : 0], x);
  if (!factor || !Near(*factor, Polynomial{0, (*factor)[1], 0, 0})) return false;
  *p = {node->outputs[0], p->scale * (*factor)[1], true};
  return true;
}

// The value that is GELU(x), given g = erf(..) or tanh(..); kNoValue if the tree is another.
ValueId FollowProduct(const Rewriter& r, ValueId g, ValueId x) {
  if (!r.read_once(g)) return kNoValue;
  const Node* node = r.readers(g).front();
  double inner = 1;  // 0.5 * g + 0.5 is as good as 0.5 * (g + 1)
  if (const auto scaled = MatchScaled(r.graph(), node); scaled && r.read_once(node->outputs[0])) {
    inner = scaled->factor;
    node = r.readers(node->outputs[0]).front();
  }
  const auto add = MatchWithConstant(r.graph(), node);
  if (!add || add->fn != plan::BinaryFn::Add) return kNoValue;
  const auto one = UniformConstant(r.graph(), add->constant);
  if (!one || !Near(*one, inner)) return kNoValue;
  Product product{node->outputs[0], inner, false};
  while (!product.seen_x || !Near(product.scale, 0.5)) {
    if (!Extend(r, x, &product)) return kNoValue;
  }
  return product.value;
}

struct Form {
  plan::UnaryFn inner, gelu;
  Polynomial argument;
};

const Form kForms[] = {
    {plan::UnaryFn::Erf, plan::UnaryFn::GeluErf, {0, std::numbers::sqrt2 / 2, 0, 0}},
    {plan::UnaryFn::Tanh,
     plan::UnaryFn::GeluTanh,
     {0, std::numbers::sqrt2* std::numbers::inv_sqrtpi, 0, std::numbers::sqrt2* std::numbers::inv_sqrtpi * 0.044715}},
};

}  // namespace

Result<int> FuseGelu(Graph* graph) {
  Rewriter r(graph);
  for (Node* node : r.Nodes()) {
    if (r.dead(node)) continue;
    for (const Form& form : kForms) {
      if (!IsUnary(node, form.inner)) continue;
      for (ValueId x : Sources(r, node->inputs[0])) {
        const auto argument = PolynomialOf(r, node->inputs[0], x);
        if (!argument || !Near(*argument, form.argument)) continue;
        const ValueId gelu = FollowProduct(r, node->outputs[0], x);
        if (gelu == kNoValue) continue;
        VITRT_ASSIGN_OR_RETURN(const ValueId y, r.Add(ops::Unary(form.gelu), {x}, *r.producer(gelu)));
        r.Replace(gelu, y);
        break;
      }
      break;
    }
  }
  return r.Finish();
}

}  // namespace vitrt::convert

#include "converters/passes/match.h"

#include <algorithm>
#include <cmath>

namespace vitrt::convert {

bool IsUnary(const Node* node, plan::UnaryFn fn) {
  const auto* unary = OpOf<plan::UnaryT>(node);
  return unary != nullptr && ops::ActivationOf(unary->act).fn() == fn;
}

bool IsBinary(const Node* node, plan::BinaryFn fn) {
  const auto* binary = OpOf<plan::BinaryT>(node);
  return binary != nullptr && binary->fn == fn;
}

std::optional<double> UniformConstant(const Graph& graph, ValueId v) {
  if (!graph.is_constant(v) || graph.value(v).dtype != DType::F32) return {};
  const Tensor& tensor = graph.constant(v);
  const int64_t n = tensor.size();
  if (n == 0) return {};
  const float first = tensor.f32()[0];
  if (!std::all_of(tensor.f32(), tensor.f32() + n, [&](float x) { return x == first; })) return {};
  return first;
}

std::optional<WithConstant> MatchWithConstant(const Graph& graph, const Node* node) {
  const auto* binary = OpOf<plan::BinaryT>(node);
  if (binary == nullptr) return {};
  for (const bool first : {false, true}) {
    const ValueId constant = node->inputs[first ? 0 : 1], x = node->inputs[first ? 1 : 0];
    if (!graph.is_constant(constant) || graph.is_constant(x)) continue;
    if (graph.value(x).dtype != DType::F32 || graph.value(x).shape != graph.value(node->outputs[0]).shape) continue;
    return WithConstant{binary->fn, x, constant, first};
  }
  return {};
}

std::optional<Scaled> MatchScaled(const Graph& graph, const Node* node) {
  const auto match = MatchWithConstant(graph, node);
  if (!match) return {};
  const auto c = UniformConstant(graph, match->constant);
  if (!c) return {};
  if (match->fn == plan::BinaryFn::Mul) return Scaled{match->x, *c};
  if (match->fn == plan::BinaryFn::Div && !match->constant_first && *c != 0) return Scaled{match->x, 1 / *c};
  return {};
}

namespace {

std::optional<Polynomial> Product(const Polynomial& a, const Polynomial& b) {
  Polynomial result{};
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < 4; ++j) {
      const double term = a[i] * b[j];
      if (term == 0) continue;
      if (i + j > 3) return {};
      result[i + j] += term;
    }
  }
  return result;
}

}  // namespace

std::optional<Polynomial> PolynomialOf(const Rewriter& r, ValueId v, ValueId x, int depth) {
  using plan::BinaryFn;
  if (v == x) return Polynomial{0, 1, 0, 0};
  if (const auto c = UniformConstant(r.graph(), v)) return Polynomial{*c, 0, 0, 0};
  const Node* node = r.producer(v);
  if (depth == 0 || node == nullptr || r.shape(v) != r.shape(x)) return {};
  if (IsUnary(node, plan::UnaryFn::Neg)) {
    const auto a = PolynomialOf(r, node->inputs[0], x, depth - 1);
    return a ? Product(*a, {-1, 0, 0, 0}) : std::nullopt;
  }
  const auto* binary = OpOf<plan::BinaryT>(node);
  if (binary == nullptr) return {};
  const auto a = PolynomialOf(r, node->inputs[0], x, depth - 1);
  if (!a) return {};
  const auto b = PolynomialOf(r, node->inputs[1], x, depth - 1);
  if (!b) return {};
  const bool constant_b = (*b)[1] == 0 && (*b)[2] == 0 && (*b)[3] == 0;
  Polynomial sum{};
  switch (binary->fn) {
    case BinaryFn::Add:
    case BinaryFn::Sub:
      for (size_t i = 0; i < 4; ++i) sum[i] = (*a)[i] + (binary->fn == BinaryFn::Add ? (*b)[i] : -(*b)[i]);
      return sum;
    case BinaryFn::Mul:
      return Product(*a, *b);
    case BinaryFn::Div:
      return constant_b && (*b)[0] != 0 ? Product(*a, {1 / (*b)[0], 0, 0, 0}) : std::nullopt;
    case BinaryFn::Pow: {
      if (!constant_b || ((*b)[0] != 2 && (*b)[0] != 3)) return {};
      const auto square = Product(*a, *a);
      return (*b)[0] == 2 || !square ? square : Product(*square, *a);
    }
    default:
      return {};
  }
}

bool Near(double a, double b, double relative) {
  return std::abs(a - b) <= relative * std::max(std::abs(a), std::abs(b));
}

bool Near(const Polynomial& a, const Polynomial& b) {
  return std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) { return Near(x, y); });
}

int64_t LastDim(const Shape& shape) { return shape.empty() ? 1 : shape.back(); }

int64_t Rows(const Shape& shape) {
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < shape.size(); ++i) rows *= shape[i];
  return rows;
}

Shape Padded(const Shape& shape, size_t rank) {
  Shape padded(rank > shape.size() ? rank - shape.size() : 0, 1);
  padded.insert(padded.end(), shape.begin(), shape.end());
  return padded;
}

Shape Permuted(const Shape& shape, const std::vector<int32_t>& perm) {
  Shape result;
  for (int32_t axis : perm) result.push_back(shape[static_cast<size_t>(axis)]);
  return result;
}

std::vector<int32_t> InversePermutation(const std::vector<int32_t>& perm) {
  std::vector<int32_t> inverse(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) inverse[static_cast<size_t>(perm[i])] = static_cast<int32_t>(i);
  return inverse;
}

bool IsIdentityPermutation(const std::vector<int32_t>& perm) { return std::is_sorted(perm.begin(), perm.end()); }

bool MovesOnlyOnes(const Shape& shape, const std::vector<int32_t>& perm) {
  std::vector<int32_t> longer;
  for (int32_t axis : perm) {
    if (shape[static_cast<size_t>(axis)] != 1) longer.push_back(axis);
  }
  return std::is_sorted(longer.begin(), longer.end());
}

}  // namespace vitrt::convert

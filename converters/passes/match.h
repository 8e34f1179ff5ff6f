// Queries on a graph for the recognisers: what makes a value, is it a scalar, how do shapes broadcast.
#pragma once

#include <array>
#include <optional>

#include "converters/passes/rewriter.h"

namespace vitrt::convert {

bool IsUnary(const Node* node, plan::UnaryFn fn);
bool IsBinary(const Node* node, plan::BinaryFn fn);

// The value of an F32 constant whose elements are all the same.
std::optional<double> UniformConstant(const Graph& graph, ValueId v);

// A Binary of a value and a constant that keeps the value's shape.
struct WithConstant {
  plan::BinaryFn fn;
  ValueId x, constant;
  bool constant_first;
};
std::optional<WithConstant> MatchWithConstant(const Graph& graph, const Node* node);

// x * factor, from Mul by or Div by a uniform constant.
struct Scaled {
  ValueId x;
  double factor;
};
std::optional<Scaled> MatchScaled(const Graph& graph, const Node* node);

// `v` as a polynomial of `x` of degree at most 3, from Add, Sub, Mul, Div, Pow, Neg and uniform constants:
// coefficients of 1, x, x^2, x^3. `v` must have the shape of `x`.
using Polynomial = std::array<double, 4>;
std::optional<Polynomial> PolynomialOf(const Rewriter& r, ValueId v, ValueId x, int depth = 6);
bool Near(double a, double b, double relative = 1e-4);
bool Near(const Polynomial& a, const Polynomial& b);

// Elements in the last axis; rows of the others.
int64_t LastDim(const Shape& shape);
int64_t Rows(const Shape& shape);
// Shape with leading ones up to `rank`.
Shape Padded(const Shape& shape, size_t rank);
Shape Permuted(const Shape& shape, const std::vector<int32_t>& perm);
std::vector<int32_t> InversePermutation(const std::vector<int32_t>& perm);
bool IsIdentityPermutation(const std::vector<int32_t>& perm);
// The permutation keeps the order of all axes longer than 1: it is a reshape.
bool MovesOnlyOnes(const Shape& shape, const std::vector<int32_t>& perm);

}  // namespace vitrt::convert

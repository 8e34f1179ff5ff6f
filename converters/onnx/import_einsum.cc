// Einsum of one or two operands -> Transpose, Reshape, MatMul, Reduce.
//
// Two operands: labels fall into four groups: batch (in both and in the output), left and right (in one operand and the
// output), summed (in both, not in the output). Labels of one operand alone that are not in the output are summed
// first. Then y = [batch, left, summed] x [batch, summed, right], and a transposition brings the output's order.
#include <algorithm>
#include <numeric>

#include "converters/onnx/operators.h"

namespace vitrt::convert::onnx_import {
namespace {

struct Operand {
  std::string labels;  // one letter per axis
  ValueId value = kNoValue;
};

// Letters for the axes of an ellipsis; they cannot occur in an equation.
constexpr char kFirstEllipsisAxis = 1;

bool Has(const std::string& labels, char label) { return labels.find(label) != std::string::npos; }

int64_t SizeOf(NodeContext& node, const Operand& x, char label) {
  return node.type(x.value).shape[x.labels.find(label)];
}

// "..." replaced by letters for as many axes as `rank` leaves open, the last of `ellipsis` letters for the last axis.
Result<std::string> ExpandEllipsis(const std::string& term, size_t rank, size_t ellipsis) {
  const size_t at = term.find("...");
  if (at == std::string::npos) return term;
  if (rank + 3 < term.size() || rank + 3 - term.size() > ellipsis)
    return BadPlan("the equation does not fit the inputs");
  const size_t axes = rank + 3 - term.size();
  std::string letters;
  for (size_t i = ellipsis - axes; i < ellipsis; ++i)
    letters.push_back(static_cast<char>(kFirstEllipsisAxis + static_cast<char>(i)));
  return term.substr(0, at) + letters + term.substr(at + 3);
}

Result<Operand> Permute(NodeContext& node, const Operand& x, const std::string& order) {
  std::vector<int32_t> perm;
  for (char label : order) perm.push_back(static_cast<int32_t>(x.labels.find(label)));
  VITRT_ASSIGN_OR_RETURN(const ValueId y, node.Transpose(x.value, std::move(perm)));
  return Operand{order, y};
}

// A label that one operand has twice stands for a diagonal: gathered from the flattened pair of axes.
Result<Operand> TakeDiagonals(NodeContext& node, Operand x) {
  for (size_t i = 0; i < x.labels.size(); ++i) {
    const size_t j = x.labels.find(x.labels[i], i + 1);
    if (j == std::string::npos) continue;
    std::string order;
    for (size_t k = 0; k < x.labels.size(); ++k) {
      if (k != i && k != j) order.push_back(x.labels[k]);
    }
    std::vector<int32_t> perm;
    for (size_t k = 0; k < x.labels.size(); ++k) {
      if (k != i && k != j) perm.push_back(static_cast<int32_t>(k));
    }
    perm.insert(perm.end(), {static_cast<int32_t>(i), static_cast<int32_t>(j)});
    Shape shape = node.type(x.value).shape;
    const int64_t n = shape[i];
    if (shape[j] != n) return BadPlan("a repeated label has two sizes");
    VITRT_ASSIGN_OR_RETURN(ValueId y, node.Transpose(x.value, perm));
    shape = node.type(y).shape;
    shape.resize(shape.size() - 2);
    shape.push_back(n * n);
    VITRT_ASSIGN_OR_RETURN(y, node.Reshape(y, shape));
    std::vector<int64_t> diagonal(static_cast<size_t>(n));
    for (int64_t k = 0; k < n; ++k) diagonal[static_cast<size_t>(k)] = k * (n + 1);
    VITRT_ASSIGN_OR_RETURN(
        y, node.Emit(ops::Gather(static_cast<int>(shape.size()) - 1), {y, node.Add(Tensor::FromI64({n}, diagonal))}));
    return TakeDiagonals(node, {order + x.labels[i], y});
  }
  return x;
}

// Sums over all labels that are not in `kept`.
Result<Operand> SumOthers(NodeContext& node, const Operand& x, const std::string& kept) {
  std::vector<int32_t> axes;
  Operand y;
  for (size_t i = 0; i < x.labels.size(); ++i) {
    if (Has(kept, x.labels[i]))
      y.labels.push_back(x.labels[i]);
    else
      axes.push_back(static_cast<int32_t>(i));
  }
  if (axes.empty()) return x;
  VITRT_ASSIGN_OR_RETURN(y.value, node.Emit(ops::Reduce(plan::ReduceFn::Sum, std::move(axes), false), {x.value}));
  return y;
}

// The operand as [sizes of `batch`..., product of `rows`, product of `columns`].
Result<ValueId> AsMatrices(NodeContext& node, const Operand& x, const std::string& batch, const std::string& rows,
                           const std::string& columns) {
  VITRT_ASSIGN_OR_RETURN(const Operand y, Permute(node, x, batch + rows + columns));
  Shape shape;
  for (char label : batch) shape.push_back(SizeOf(node, y, label));
  int64_t m = 1, n = 1;
  for (char label : rows) m *= SizeOf(node, y, label);
  for (char label : columns) n *= SizeOf(node, y, label);
  shape.insert(shape.end(), {m, n});
  return node.Reshape(y.value, std::move(shape));
}

Result<Operand> Multiply(NodeContext& node, Operand a, Operand b, const std::string& output) {
  VITRT_ASSIGN_OR_RETURN(a, SumOthers(node, a, b.labels + output));
  VITRT_ASSIGN_OR_RETURN(b, SumOthers(node, b, a.labels + output));
  // An axis of size 1 broadcasts against the other operand's: it is no label of its operand then.
  for (Operand* x : {&a, &b}) {
    const Operand& other = x == &a ? b : a;
    for (char label : std::string(x->labels)) {
      if (!Has(other.labels, label) || SizeOf(node, *x, label) == SizeOf(node, other, label)) continue;
      if (SizeOf(node, *x, label) != 1) return BadPlan("a label has two sizes");
      Shape shape = node.type(x->value).shape;
      const size_t at = x->labels.find(label);
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(at));
      x->labels.erase(at, 1);
      VITRT_ASSIGN_OR_RETURN(x->value, node.Reshape(x->value, shape));
    }
  }
  // What a broadcast left to one operand alone may now have to be summed.
  VITRT_ASSIGN_OR_RETURN(a, SumOthers(node, a, b.labels + output));
  VITRT_ASSIGN_OR_RETURN(b, SumOthers(node, b, a.labels + output));
  std::string batch, summed, left, right;
  for (char label : a.labels) (Has(b.labels, label) ? (Has(output, label) ? batch : summed) : left).push_back(label);
  for (char label : b.labels) {
    if (!Has(a.labels, label)) right.push_back(label);
  }
  Shape shape;
  for (char label : batch + left) shape.push_back(SizeOf(node, a, label));
  for (char label : right) shape.push_back(SizeOf(node, b, label));
  VITRT_ASSIGN_OR_RETURN(const ValueId x, AsMatrices(node, a, batch, left, summed));
  VITRT_ASSIGN_OR_RETURN(const ValueId w, AsMatrices(node, b, batch, summed, right));
  VITRT_ASSIGN_OR_RETURN(ValueId y, node.Emit(ops::MatMul(), {x, w}));
  VITRT_ASSIGN_OR_RETURN(y, node.Reshape(y, std::move(shape)));
  return Operand{batch + left + right, y};
}

// Without "->" the output is the ellipsis, then every label that occurs once, in alphabetical order.
std::string ImplicitOutput(const std::vector<std::string>& terms) {
  std::string all, once;
  bool ellipsis = false;
  for (const std::string& term : terms) {
    ellipsis |= term.find("...") != std::string::npos;
    for (char c : term) all += c == '.' ? "" : std::string(1, c);
  }
  for (char c : all) {
    if (std::count(all.begin(), all.end(), c) == 1) once.push_back(c);
  }
  std::sort(once.begin(), once.end());
  return (ellipsis ? "..." : "") + once;
}

Status ImportEinsum(NodeContext& node) {
  VITRT_RETURN_IF_ERROR(node.Require(std::max<size_t>(node.num_inputs(), 1)));
  VITRT_ASSIGN_OR_RETURN(std::string equation, node.String("equation", ""));
  equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
  const size_t arrow = equation.find("->");
  std::vector<std::string> terms(1);
  for (char c : equation.substr(0, arrow)) {
    if (c == ',')
      terms.emplace_back();
    else
      terms.back().push_back(c);
  }
  if (terms.size() != node.num_inputs())
    return BadPlan("equation '" + equation + "' does not fit the number of inputs");
  if (terms.size() > 2) return node.Refuse("more than two operands");
  size_t ellipsis = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    if (terms[i].find("...") != std::string::npos && node.rank(i) + 3 >= terms[i].size())
      ellipsis = std::max(ellipsis, node.rank(i) + 3 - terms[i].size());
  }
  if (ellipsis > 16) return BadPlan("too many axes");
  std::string output = arrow == std::string::npos ? ImplicitOutput(terms) : equation.substr(arrow + 2);
  VITRT_ASSIGN_OR_RETURN(output, ExpandEllipsis(output, output.size() + ellipsis - 3, ellipsis));
  std::vector<Operand> operands;
  for (size_t i = 0; i < terms.size(); ++i) {
    Operand x{{}, node.in(i)};
    VITRT_ASSIGN_OR_RETURN(x.labels, ExpandEllipsis(terms[i], node.rank(i), ellipsis));
    if (x.labels.size() != node.rank(i))
      return BadPlan("equation '" + equation + "' does not fit " + ToString(node.shape(i)));
    VITRT_ASSIGN_OR_RETURN(x, TakeDiagonals(node, x));
    operands.push_back(x);
  }
  std::string all;
  for (const Operand& x : operands) all += x.labels;
  for (size_t i = 0; i < output.size(); ++i) {
    if (!Has(all, output[i]) || output.find(output[i], i + 1) != std::string::npos)
      return BadPlan("equation '" + equation + "' has a bad output");
  }
  Operand result = operands[0];
  if (operands.size() == 2) {
    VITRT_ASSIGN_OR_RETURN(result, Multiply(node, operands[0], operands[1], output));
  } else {
    VITRT_ASSIGN_OR_RETURN(result, SumOthers(node, result, output));
  }
  VITRT_ASSIGN_OR_RETURN(result, Permute(node, result, output));
  return node.Output(result.value);
}

// clang-format off
constexpr Operator kOperators[] = {
    {"Einsum", 12, kNewestOpset, ImportEinsum, "Transpose, Reshape, MatMul, Reduce", "more than two operands"},
};
// clang-format on

}  // namespace

std::span<const Operator> EinsumOperators() { return kOperators; }

}  // namespace vitrt::convert::onnx_import

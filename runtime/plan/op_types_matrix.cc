// Type rules of the ops made of matrix products and rows: Linear, MatMul, Attention, LayerNorm.
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/plan/op_types.h"

namespace vitrt::plan {
namespace {

Status Mismatch(const char* what, const Shape& a, const Shape& b) {
  return BadPlan(std::string(what) + ": shapes " + ToString(a) + " and " + ToString(b) + " do not fit");
}

// bias [n], row_bias [period, n] and residual [..., n] of an output of `rows` rows and n columns.
Status CheckEpilogue(const TypeContext& c, const Shape& output) {
  VITRT_RETURN_IF_ERROR(CheckShape(output));
  const int64_t n = output.back();
  const int64_t rows = n == 0 ? 0 : NumElements(output) / n;
  if (c.has(2) && c.shape(2) != Shape{n}) return Mismatch("bias", c.shape(2), output);
  if (c.has(3)) {
    const Shape& row_bias = c.shape(3);
    if (row_bias.size() != 2 || row_bias[1] != n || row_bias[0] <= 0 || rows % row_bias[0] != 0) {
      return Mismatch("the rows are no multiple of the row bias's period", row_bias, output);
    }
  }
  if (c.has(4)) {
    const Shape& residual = c.shape(4);
    const int64_t residual_rows = n == 0 || residual.empty() ? 0 : NumElements(residual) / n;
    if (residual.empty() || residual.back() != n || residual_rows == 0 || rows % residual_rows != 0) {
      return Mismatch("residual", residual, output);
    }
  }
  for (const size_t i : {0, 2, 3, 4}) {
    if (c.has(i)) VITRT_RETURN_IF_ERROR(CheckFloat(c, i, "every input"));
  }
  return {};
}

}  // namespace

Result<Types> InferLinear(const TypeContext& c) {
  const Shape& x = c.shape(0);
  const Shape& weight = c.shape(1);
  if (x.empty() || weight.size() != 2 || x.back() != weight[0]) return Mismatch("the weight is not [k, n]", x, weight);
  Shape y = x;
  y.back() = weight[1];
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 1, "every input"));
  VITRT_RETURN_IF_ERROR(CheckEpilogue(c, y));
  return One(DType::F32, std::move(y));
}

Result<Types> InferLinearI8(const TypeContext& c) {
  const Shape &x = c.shape(0), &weight = c.shape(1);
  const auto parts = [](int64_t size, int64_t part) { return (size + part - 1) / part; };
  if (x.empty() || weight.size() != 2 || weight[0] != parts(x.back(), 4))
    return Mismatch("the weight is not [ceil(k/4), n]", x, weight);
  const int64_t n = weight[1];
  VITRT_RETURN_IF_ERROR(CheckInt8Constants(c, n, x.back()));
  const auto& op = c.attributes<LinearI8T>();
  VITRT_RETURN_IF_ERROR(CheckInputRange(op.range, op.input_scale, op.input_zero));
  const Shape runs{parts(n, 16), parts(x.back(), 16)};
  if (c.shape(7) != runs) return Mismatch("the runs", c.shape(7), runs);
  Shape y = x;
  y.back() = n;
  VITRT_RETURN_IF_ERROR(CheckEpilogue(c, y));
  return One(DType::F32, std::move(y));
}

Result<Types> InferLayerNorm(const TypeContext& c) {
  const Shape& x = c.shape(0);
  VITRT_RETURN_IF_ERROR(CheckFloat(c, 0, "x"));
  if (x.empty()) return BadPlan("LayerNorm of a scalar");
  const float epsilon = c.attributes<LayerNormT>().epsilon;
  VITRT_RULE(std::isfinite(epsilon) && epsilon >= 0, "epsilon is negative or not finite");
  for (size_t i : {1, 2}) {
    if (!c.has(i)) continue;
    VITRT_RETURN_IF_ERROR(CheckFloat(c, i, "gamma and beta"));
    if (c.shape(i) != Shape{x.back()}) return Mismatch("gamma or beta", c.shape(i), x);
  }
  return Types{c.in(0)};
}

Result<Types> InferMatMul(const TypeContext& c) {
  if (c.in(0).dtype != c.in(1).dtype || !IsNumber(c.in(0).dtype)) {
    return BadPlan("MatMul does not take " + ToString(c.in(0)) + " and " + ToString(c.in(1)));
  }
  const Shape& a = c.shape(0);
  const Shape& b = c.shape(1);
  if (a.size() < 2 || b.size() < 2) return Mismatch("MatMul", a, b);
  const bool transposed = c.attributes<MatMulT>().transpose_b;
  const int64_t k = transposed ? b[b.size() - 1] : b[b.size() - 2];
  const int64_t n = transposed ? b[b.size() - 2] : b[b.size() - 1];
  if (a.back() != k) return Mismatch("MatMul", a, b);
  VITRT_ASSIGN_OR_RETURN(Shape y, BroadcastShapes(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2)));
  y.push_back(a[a.size() - 2]);
  y.push_back(n);
  return One(c.in(0).dtype, std::move(y));
}

// q [..., tq, *], k and v [..., tk, *]; leading dims are equal, or k and v (or q) are one problem for all.
Result<Types> InferAttention(const TypeContext& c) {
  const auto& op = c.attributes<AttentionT>();
  for (size_t i : {0, 1, 2}) {
    VITRT_RETURN_IF_ERROR(CheckFloat(c, i, "q, k and v"));
    if (c.shape(i).size() < 2) return BadPlan("q, k and v of Attention have at least two dims");
  }
  const Shape &q = c.shape(0), &k = c.shape(1), &v = c.shape(2);
  VITRT_RULE(op.heads >= 1 && op.head_dim >= 1 && op.value_dim >= 1, "heads, head_dim or value_dim below 1");
  const auto columns_fit = [&](const Shape& x, int64_t column, int64_t stride, int64_t width) {
    return column >= 0 && stride >= 0 && column + (int64_t{op.heads} - 1) * stride + width <= x.back();
  };
  const auto outside = [](const char* which, const Shape& x) {
    return BadPlan(std::string("the heads of ") + which + " lie outside its columns " + ToString(x));
  };
  if (!columns_fit(q, op.q_column, op.q_head_stride, op.head_dim)) return outside("q", q);
  if (!columns_fit(k, op.k_column, op.k_head_stride, op.head_dim)) return outside("k", k);
  if (!columns_fit(v, op.v_column, op.v_head_stride, op.value_dim)) return outside("v", v);
  if (k[k.size() - 2] != v[v.size() - 2]) return Mismatch("k and v", k, v);
  auto lead = [](const Shape& s) { return Shape(s.begin(), s.end() - 2); };
  VITRT_ASSIGN_OR_RETURN(Shape y, BroadcastShapes(lead(q), lead(k)));
  VITRT_ASSIGN_OR_RETURN(y, BroadcastShapes(y, lead(v)));
  const int64_t problems = NumElements(y), tq = q[q.size() - 2], tk = k[k.size() - 2];
  for (const Shape* part : {&q, &k, &v}) {
    const int64_t n = NumElements(lead(*part));
    if (n != problems && n != 1) return Mismatch("q, k and v", *part, y);
  }
  if (c.has(3)) {
    VITRT_RETURN_IF_ERROR(CheckFloat(c, 3, "bias"));
    const Shape scores{problems, op.heads, tq, tk};
    auto common = BroadcastShapes(c.shape(3), scores);
    if (!common.ok() || common.value() != scores) return Mismatch("bias and scores", c.shape(3), scores);
  }
  y.push_back(tq);
  y.push_back(static_cast<int64_t>(op.heads) * op.value_dim);
  return One(DType::F32, std::move(y));
}

}  // namespace vitrt::plan

// Linear, MatMul, Attention: matrix products in double through Eigen.
#include <Eigen/Core>
#include <cmath>

#include "converters/graph/broadcast.h"
#include "converters/graph/evaluate.h"
#include "converters/graph/ops.h"

namespace vitrt::convert::evaluate {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowsF32 = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

// Rows [first, first + rows) of x as doubles, x seen as [*, columns].
Matrix Rows(const Tensor& x, int64_t first, int64_t rows, int64_t columns) {
  return RowsF32(x.f32() + first * columns, rows, columns).cast<double>();
}

template <typename T>
void MatMulIntegers(const T* a, const T* b, T* y, int64_t m, int64_t k, int64_t n, bool transpose_b) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      uint64_t sum = 0;
      for (int64_t p = 0; p < k; ++p) {
        sum += static_cast<uint64_t>(a[i * k + p]) * static_cast<uint64_t>(transpose_b ? b[j * k + p] : b[p * n + j]);
      }
      y[i * n + j] = static_cast<T>(sum);
    }
  }
}

}  // namespace

Tensor FinishRows(const Context& c, std::vector<double>& y, const plan::Activation& act) {
  MutableTensor out(c.out());
  const int64_t n = out.shape().back(), size = out.size();
  const int64_t period = c.has(3) ? c.in(3).size() : 1, residual = c.has(4) ? c.in(4).size() : 1;
  for (int64_t i = 0; i < size; ++i) {
    double& value = y[static_cast<size_t>(i)];
    if (c.has(2)) value += c.in(2).f32()[i % n];
    if (c.has(3)) value += c.in(3).f32()[i % period];
    value = Activate(act, value);
    if (c.has(4)) value += c.in(4).f32()[i % residual];
    out.data<float>()[i] = static_cast<float>(value);
  }
  return std::move(out).Freeze();
}

Result<Tensors> EvaluateLinear(const Context& c) {
  const int64_t k = c.shape(1)[0], n = c.shape(1)[1];
  const int64_t rows = NumElements(c.out().shape) / std::max<int64_t>(n, 1);
  std::vector<double> y(static_cast<size_t>(rows * n));
  Eigen::Map<Matrix>(y.data(), rows, n).noalias() = Rows(c.in(0), 0, rows, k) * Rows(c.in(1), 0, k, n);
  return Tensors{FinishRows(c, y, ops::ActivationOf(c.attributes<plan::LinearT>().act))};
}

Result<Tensors> EvaluateMatMul(const Context& c) {
  const bool transpose_b = c.attributes<plan::MatMulT>().transpose_b;
  const Shape &a = c.shape(0), &b = c.shape(1), &shape = c.out().shape;
  const int64_t m = a[a.size() - 2], k = a.back(), n = shape.back();
  auto lead = [](const Shape& s) { return Shape(s.begin(), s.end() - 2); };
  const Shape problems = lead(shape);
  const std::array<Shape, 2> strides{BroadcastStrides(lead(a), problems), BroadcastStrides(lead(b), problems)};
  MutableTensor y(c.out());
  int64_t problem = 0;
  Walk<2>(problems, strides, {0, 0}, [&](const auto& at) {
    const int64_t out = problem++ * m * n;
    if (c.out().dtype == DType::F32) {
      const Matrix left = Rows(c.in(0), at[0] * m, m, k);
      const Matrix right =
          transpose_b ? Matrix(Rows(c.in(1), at[1] * n, n, k).transpose()) : Rows(c.in(1), at[1] * k, k, n);
      const Matrix product = left * right;
      for (int64_t i = 0; i < m * n; ++i) y.data<float>()[out + i] = static_cast<float>(product.data()[i]);
    } else if (c.out().dtype == DType::I32) {
      MatMulIntegers(c.in(0).i32() + at[0] * m * k, c.in(1).i32() + at[1] * k * n, y.data<int32_t>() + out, m, k, n,
                     transpose_b);
    } else {
      MatMulIntegers(c.in(0).i64() + at[0] * m * k, c.in(1).i64() + at[1] * k * n, y.data<int64_t>() + out, m, k, n,
                     transpose_b);
    }
  });
  return Tensors{std::move(y).Freeze()};
}

// Vaswani et al. 2017, eq. 1, per problem and head.
Result<Tensors> EvaluateAttention(const Context& c) {
  const auto& op = c.attributes<plan::AttentionT>();
  const Shape &q = c.shape(0), &k = c.shape(1);
  const int64_t tq = q[q.size() - 2], tk = k[k.size() - 2], width = c.out().shape.back();
  const int64_t problems = NumElements(c.out().shape) / std::max<int64_t>(tq * width, 1);
  const Shape scores_shape{problems, op.heads, tq, tk};
  const Shape bias_strides = c.has(3) ? BroadcastStrides(c.shape(3), scores_shape) : Shape(4, 0);
  MutableTensor y(c.out());
  // Rows of problem p of x; x may be one problem for all.
  auto part = [&](size_t input, int64_t p, int64_t tokens) {
    const int64_t columns = c.shape(input).back();
    const bool shared = c.in(input).size() == tokens * columns;
    return Rows(c.in(input), shared ? 0 : p * tokens, tokens, columns);
  };
  for (int64_t p = 0; p < problems; ++p) {
    const Matrix qp = part(0, p, tq), kp = part(1, p, tk), vp = part(2, p, tk);
    for (int64_t h = 0; h < op.heads; ++h) {
      const Matrix qh = qp.middleCols(op.q_column + h * op.q_head_stride, op.head_dim);
      const Matrix kh = kp.middleCols(op.k_column + h * op.k_head_stride, op.head_dim);
      Matrix scores = (qh * kh.transpose()) * double{op.scale};
      for (int64_t i = 0; i < tq; ++i) {
        for (int64_t j = 0; j < tk; ++j) {
          const int64_t at = p * bias_strides[0] + h * bias_strides[1] + i * bias_strides[2] + j * bias_strides[3];
          if (c.has(3)) scores(i, j) += c.in(3).f32()[at];
          if (op.causal && j > i) scores(i, j) = -HUGE_VAL;
        }
        const double top = tk > 0 ? scores.row(i).maxCoeff() : 0;
        scores.row(i) = (scores.row(i).array() - top).exp();
        scores.row(i) /= scores.row(i).sum();
      }
      const Matrix head = scores * vp.middleCols(op.v_column + h * op.v_head_stride, op.value_dim);
      for (int64_t i = 0; i < tq; ++i) {
        for (int64_t d = 0; d < op.value_dim; ++d) {
          y.data<float>()[(p * tq + i) * width + h * op.value_dim + d] = static_cast<float>(head(i, d));
        }
      }
    }
  }
  return Tensors{std::move(y).Freeze()};
}

}  // namespace vitrt::convert::evaluate

#include "runtime/kernels/ref/gemm.h"

#include <algorithm>

#include "runtime/kernels/ref/unary.h"

namespace vitrt::kernels::ref {

float ApplyEpilogue(const Epilogue& epilogue, double sum, int64_t row, int64_t column, int64_t columns) {
  double value = sum;
  if (epilogue.bias) value += epilogue.bias[column];
  if (epilogue.row_bias) value += epilogue.row_bias[row % epilogue.row_period * columns + column];
  value = Evaluate(static_cast<plan::UnaryFn>(epilogue.fn), epilogue.alpha, epilogue.beta, value);
  if (epilogue.residual) {
    const int64_t residual_row = epilogue.residual_period ? row % epilogue.residual_period : row;
    value += epilogue.residual[residual_row * epilogue.residual_ld + column];
  }
  return static_cast<float>(value);
}

void Gemm(const GemmArgs& args, const GemmBlock& block) {
  const int64_t column_end = std::min(args.n, block.panel_end * kPanel);
  for (int64_t row = block.row_begin; row < block.row_end; ++row) {
    const float* a = args.a + row * args.lda;
    for (int64_t column = block.panel_begin * kPanel; column < column_end; ++column) {
      const float* b = args.b + column / kPanel * args.k * kPanel + column % kPanel;
      double sum = 0;
      for (int64_t k = 0; k < args.k; ++k) sum += static_cast<double>(a[k]) * b[k * kPanel];
      args.c[row * args.ldc + column] = ApplyEpilogue(args.epilogue, sum, row, column, args.n);
    }
  }
}

}  // namespace vitrt::kernels::ref

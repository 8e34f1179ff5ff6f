#include "runtime/kernels/ref/matmul.h"

namespace vitrt::kernels::ref {
namespace {

Shape LeadingDims(const Shape& dims) { return Shape(std::span<const int64_t>(dims.dims, dims.rank - 2)); }

}  // namespace

void MatMul(const MatMulArgs& args) {
  const int rank = args.y_dims.rank;
  const int64_t m = args.y_dims[rank - 2], n = args.y_dims[rank - 1], k = args.a_dims[args.a_dims.rank - 1];
  const int64_t b_row = args.transpose_b ? 1 : n, b_column = args.transpose_b ? k : 1;
  const Shape problems = LeadingDims(args.y_dims);
  const Strides strides[2] = {Broadcast(LeadingDims(args.a_dims), problems),
                              Broadcast(LeadingDims(args.b_dims), problems)};
  ForEach(problems, strides, [&](int64_t problem, const int64_t* offsets) {
    const float* a = args.a + offsets[0] * m * k;
    const float* b = args.b + offsets[1] * k * n;
    float* y = args.y + problem * m * n;
    for (int64_t row = 0; row < m; ++row) {
      for (int64_t column = 0; column < n; ++column) {
        double sum = 0;
        for (int64_t i = 0; i < k; ++i) sum += static_cast<double>(a[row * k + i]) * b[i * b_row + column * b_column];
        y[row * n + column] = static_cast<float>(sum);
      }
    }
  });
}

}  // namespace vitrt::kernels::ref

#include "runtime/kernels/ref/int8.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/kernels/ref/gemm.h"

namespace vitrt::kernels::ref {

void QuantizeRows(const QuantizeArgs& args, int64_t row_begin, int64_t row_end) {
  for (int64_t row = row_begin; row < row_end; ++row) {
    const float* x = args.x + row * args.x_ld;
    uint8_t* q = args.q + row * args.q_ld;
    float low = 0, high = 0;
    bool finite = true;
    for (int64_t i = 0; i < args.k; ++i) {
      finite = finite && std::isfinite(x[i]);
      low = std::min(low, x[i]);
      high = std::max(high, x[i]);
    }
    args.zero[row] = 0;
    if (!finite) {
      args.scale[row] = std::numeric_limits<float>::quiet_NaN();
      std::fill_n(q, args.k, uint8_t{0});
      continue;
    }
    const float scale = std::max(high / 255 - low / 255, std::numeric_limits<float>::min());
    const float inverse = 1 / scale;
    args.scale[row] = scale;
    args.zero[row] = static_cast<int32_t>(-low * inverse + 0.5f);
    for (int64_t i = 0; i < args.k; ++i) {
      const float rounded = std::nearbyint(x[i] * inverse) + static_cast<float>(args.zero[row]);
      q[i] = static_cast<uint8_t>(std::clamp(rounded, 0.0f, 255.0f));
    }
  }
}

void Int8Gemm(const Int8GemmArgs& args, const GemmBlock& block) {
  const int64_t column_end = std::min(args.n, block.panel_end * kPanel), groups = (args.k + kGroupK - 1) / kGroupK;
  for (int64_t row = block.row_begin; row < block.row_end; ++row) {
    const uint8_t* a = args.a + row * args.lda;
    for (int64_t column = block.panel_begin * kPanel; column < column_end; ++column) {
      const int8_t* b = args.b + (column / kPanel * groups * kPanel + column % kPanel) * kGroupK;
      int64_t sum = 0;
      for (int64_t k = 0; k < args.k; ++k) {
        sum += (int64_t{a[k]} - args.a_zero[row]) * b[k / kGroupK * kGroupK * kPanel + k % kGroupK];
      }
      const double value = static_cast<double>(sum) * args.a_scale[row] * args.b_scale[column];
      args.c[row * args.ldc + column] = ApplyEpilogue(args.epilogue, value, row, column, args.n);
    }
  }
}

}  // namespace vitrt::kernels::ref

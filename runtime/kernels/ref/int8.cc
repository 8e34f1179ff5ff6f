#include "runtime/kernels/ref/int8.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/kernels/ref/gemm.h"

namespace vitrt::kernels::ref {
namespace {

float ScaleOf(float low, float high) { return std::max(high / 255 - low / 255, std::numeric_limits<float>::min()); }
int32_t ZeroOf(float low, float inverse) { return static_cast<int32_t>(-low * inverse + 0.5f); }
uint8_t Quantized(float x, float inverse, int32_t zero) {
  return static_cast<uint8_t>(std::clamp(std::nearbyint(x * inverse) + static_cast<float>(zero), 0.0f, 255.0f));
}

uint8_t OnGrid(float x, const Int8Grid& grid) {
  if (!std::isfinite(x) || std::isnan(grid.scale)) return 0;
  return static_cast<uint8_t>(std::clamp(std::nearbyint(x / grid.scale) + static_cast<float>(grid.zero), 0.0f, 255.0f));
}

}  // namespace

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
    if (args.grid != nullptr) {
      args.scale[row] = finite ? args.grid->scale : std::numeric_limits<float>::quiet_NaN();
      args.zero[row] = args.grid->zero;
      for (int64_t i = 0; i < args.k; ++i) q[i] = OnGrid(x[i], *args.grid);
      continue;
    }
    args.zero[row] = 0;
    if (!finite) {
      args.scale[row] = std::numeric_limits<float>::quiet_NaN();
      std::fill_n(q, args.k, uint8_t{0});
      continue;
    }
    const float scale = ScaleOf(low, high), inverse = 1 / scale;
    args.scale[row] = scale;
    args.zero[row] = ZeroOf(low, inverse);
    for (int64_t i = 0; i < args.k; ++i) q[i] = Quantized(x[i], inverse, args.zero[row]);
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

void QuantizeMap(const Int8MapArgs& args, int64_t begin, int64_t end) {
  const bool finite = args.range.finite;
  const float own = args.grid != nullptr ? args.grid->scale : ScaleOf(args.range.low, args.range.high);
  const float scale = finite ? own : std::numeric_limits<float>::quiet_NaN();
  const float inverse = finite ? 1 / scale : 0;
  const int32_t zero = args.grid != nullptr ? args.grid->zero : finite ? ZeroOf(args.range.low, inverse) : 0;
  if (begin == 0) {
    *args.scale = scale;
    *args.zero = zero;
  }
  for (int64_t y = begin; y < end; ++y) {
    for (int64_t i = 0; i < args.pitch; ++i) {
      const int64_t row = y - args.top, at = i - args.left;
      const bool inside = row >= 0 && row < args.h && at >= 0 && at < args.row;
      uint8_t& q = args.map[y * args.pitch + i];
      q = static_cast<uint8_t>(zero);
      if (!inside) continue;
      const float x = args.x[row * args.row + at];
      q = args.grid != nullptr ? OnGrid(x, *args.grid) : finite ? Quantized(x, inverse, zero) : uint8_t{0};
    }
  }
}

void Int8Conv(const Int8ConvArgs& args, int64_t y_begin, int64_t y_end) {
  const Window2d& window = args.window;
  const int64_t cin = args.cin / args.groups, cout = args.cout / args.groups, groups = (cin + kGroupK - 1) / kGroupK;
  const int64_t panels = PanelCount(cout), taps = window.kernel_h * window.kernel_w;
  for (int64_t row = y_begin * window.ow; row < y_end * window.ow; ++row) {
    const uint8_t* first =
        args.map + row / window.ow * window.stride_h * args.pitch + row % window.ow * window.stride_w * args.cin;
    for (int64_t out = 0; out < args.cout; ++out) {
      const int64_t group = out / cout, column = out % cout;
      const int8_t* b =
          args.b + ((group * panels + column / kPanel) * taps * groups * kPanel + column % kPanel) * kGroupK;
      int64_t sum = 0;
      for (int64_t tap = 0; tap < taps; ++tap) {
        for (int64_t c = 0; c < cin; ++c) {
          const int64_t q = first[args.taps[tap] + group * cin + c];
          sum += (q - *args.a_zero) * b[(tap * groups + c / kGroupK) * kPanel * kGroupK + c % kGroupK];
        }
      }
      const double value = static_cast<double>(sum) * *args.a_scale * args.b_scale[out];
      args.y[row * args.cout + out] = ApplyEpilogue(args.epilogue, value, row, out, args.cout);
    }
  }
}

}  // namespace vitrt::kernels::ref

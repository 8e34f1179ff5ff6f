#include "runtime/kernels/ref/pool.h"

#include <algorithm>
#include <limits>

namespace vitrt::kernels::ref {
namespace {

// Number of taps of one axis inside [-pad_begin, size + pad_end).
int64_t TapsInside(int64_t start, int64_t taps, int64_t dilation, int64_t pad_begin, int64_t end) {
  int64_t inside = 0;
  for (int64_t i = 0; i < taps; ++i) {
    const int64_t at = start + i * dilation;
    inside += at >= -pad_begin && at < end;
  }
  return inside;
}

}  // namespace

void Pool(const PoolArgs& args, int64_t y_begin, int64_t y_end) {
  const Window2d& window = args.window;
  for (int64_t row = y_begin * window.ow; row < y_end * window.ow; ++row) {
    const int64_t top = row / window.ow * window.stride_h - window.pad_top;
    const int64_t left = row % window.ow * window.stride_w - window.pad_left;
    const int64_t pad_top = args.count_include_pad ? window.pad_top : 0;
    const int64_t pad_left = args.count_include_pad ? window.pad_left : 0;
    const int64_t end_y = window.h + (args.count_include_pad ? args.pad_bottom : 0);
    const int64_t end_x = window.w + (args.count_include_pad ? args.pad_right : 0);
    const int64_t count = TapsInside(top, window.kernel_h, window.dilation_h, pad_top, end_y) *
                          TapsInside(left, window.kernel_w, window.dilation_w, pad_left, end_x);
    for (int64_t c = 0; c < args.channels; ++c) {
      double sum = 0;
      float largest = -std::numeric_limits<float>::infinity();
      for (int64_t ky = 0; ky < window.kernel_h; ++ky) {
        for (int64_t kx = 0; kx < window.kernel_w; ++kx) {
          const int64_t y = top + ky * window.dilation_h, x = left + kx * window.dilation_w;
          if (y < 0 || y >= window.h || x < 0 || x >= window.w) continue;
          const float value = args.x[(y * window.w + x) * args.channels + c];
          sum += value;
          largest = std::max(largest, value);
        }
      }
      args.y[row * args.channels + c] = args.average ? static_cast<float>(sum / static_cast<double>(count)) : largest;
    }
  }
}

}  // namespace vitrt::kernels::ref

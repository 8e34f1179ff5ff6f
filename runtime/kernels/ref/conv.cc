#include "runtime/kernels/ref/conv.h"

#include "runtime/kernels/gemm.h"
#include "runtime/kernels/ref/gemm.h"

namespace vitrt::kernels::ref {
namespace {

// Calls f(tap, position) for every kernel tap whose input position y*w + x lies inside the map.
template <typename F>
void ForEachTap(const Window2d& window, int64_t oy, int64_t ox, F&& f) {
  for (int64_t ky = 0; ky < window.kernel_h; ++ky) {
    const int64_t y = oy * window.stride_h - window.pad_top + ky * window.dilation_h;
    if (y < 0 || y >= window.h) continue;
    for (int64_t kx = 0; kx < window.kernel_w; ++kx) {
      const int64_t x = ox * window.stride_w - window.pad_left + kx * window.dilation_w;
      if (x < 0 || x >= window.w) continue;
      f(ky * window.kernel_w + kx, y * window.w + x);
    }
  }
}

}  // namespace

void Conv2d(const ConvArgs& args, int64_t row_begin, int64_t row_end) {
  const int64_t cin = args.cin / args.groups, cout = args.cout / args.groups;
  const int64_t k = args.window.kernel_h * args.window.kernel_w * cin;
  const int64_t panels = PanelCount(cout);
  for (int64_t row = row_begin; row < row_end; ++row) {
    for (int64_t out = 0; out < args.cout; ++out) {
      const int64_t group = out / cout, column = out % cout;
      const float* weight = args.weight + (group * panels + column / kPanel) * k * kPanel + column % kPanel;
      double sum = 0;
      ForEachTap(args.window, row / args.window.ow, row % args.window.ow, [&](int64_t tap, int64_t position) {
        const float* x = args.x + position * args.cin + group * cin;
        for (int64_t c = 0; c < cin; ++c) sum += static_cast<double>(x[c]) * weight[(tap * cin + c) * kPanel];
      });
      args.y[row * args.cout + out] = ApplyEpilogue(args.epilogue, sum, row, out, args.cout);
    }
  }
}

void Depthwise(const DepthwiseArgs& args, int64_t y_begin, int64_t y_end) {
  const int64_t ow = args.window.ow, channels = args.channels;
  for (int64_t row = y_begin * ow; row < y_end * ow; ++row) {
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      ForEachTap(args.window, row / ow, row % ow, [&](int64_t tap, int64_t position) {
        sum += static_cast<double>(args.x[position * channels + c]) * args.weight[tap * channels + c];
      });
      args.y[row * channels + c] = ApplyEpilogue(args.epilogue, sum, row, c, channels);
    }
  }
}

void ConvTranspose2d(const ConvTransposeArgs& args) {
  const Window2d& window = args.window;
  const int64_t cin = args.cin / args.groups, cout = args.cout / args.groups;
  // Gathered per output, so that each sum has one double and a fixed order: input y adds to output oy through the
  // tap ky with y * stride - pad + ky * dilation = oy.
  for (int64_t row = 0; row < window.oh * window.ow; ++row) {
    const int64_t oy = row / window.ow, ox = row % window.ow;
    for (int64_t out = 0; out < args.cout; ++out) {
      const int64_t group = out / cout;
      double sum = args.bias ? args.bias[out] : 0;
      for (int64_t ky = 0; ky < window.kernel_h; ++ky) {
        const int64_t top = oy + window.pad_top - ky * window.dilation_h;
        if (top < 0 || top % window.stride_h || top / window.stride_h >= window.h) continue;
        for (int64_t kx = 0; kx < window.kernel_w; ++kx) {
          const int64_t left = ox + window.pad_left - kx * window.dilation_w;
          if (left < 0 || left % window.stride_w || left / window.stride_w >= window.w) continue;
          const float* x =
              args.x + (top / window.stride_h * window.w + left / window.stride_w) * args.cin + group * cin;
          const float* weight =
              args.weight + ((ky * window.kernel_w + kx) * args.cin + group * cin) * cout + (out - group * cout);
          for (int64_t c = 0; c < cin; ++c) sum += static_cast<double>(x[c]) * weight[c * cout];
        }
      }
      args.y[row * args.cout + out] = static_cast<float>(sum);
    }
  }
}

}  // namespace vitrt::kernels::ref

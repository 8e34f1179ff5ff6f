// Conv2d and ConvTranspose2d: one matrix product per group over unfolded patches.
// Both layouts go through the same code: an image is read and written through the strides of its axes.
#include <Eigen/Core>

#include "converters/graph/evaluate.h"
#include "converters/graph/ops.h"

namespace vitrt::convert::evaluate {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Sizes and strides of an image tensor in either layout.
struct Image {
  int64_t n, c, h, w, stride_n, stride_c, stride_h, stride_w;
  Image(const Shape& s, bool channels_last) {
    const Shape t = Strides(s);
    const size_t ic = channels_last ? 3 : 1, ih = channels_last ? 1 : 2, iw = channels_last ? 2 : 3;
    n = s[0], c = s[ic], h = s[ih], w = s[iw];
    stride_n = t[0], stride_c = t[ic], stride_h = t[ih], stride_w = t[iw];
  }
  int64_t at(int64_t in, int64_t ic, int64_t ih, int64_t iw) const {
    return in * stride_n + ic * stride_c + ih * stride_h + iw * stride_w;
  }
};

// The window geometry of both ops: output pixel (oy, ox), tap (ky, kx) -> input pixel.
struct Taps {
  const std::vector<int32_t>&kernel, &strides, &dilations, &pads;
  int64_t y(int64_t oy, int64_t ky) const { return oy * strides[0] - pads[0] + ky * dilations[0]; }
  int64_t x(int64_t ox, int64_t kx) const { return ox * strides[1] - pads[1] + kx * dilations[1]; }
};

// Calls f(row, column, small_pixel_y, small_pixel_x, large_y, large_x) for every tap that lies inside of the large
// image: row = pixel of the small image, column = tap.
template <typename F>
void ForEachTap(const Taps& taps, const Image& small, const Image& large, F f) {
  for (int64_t sy = 0; sy < small.h; ++sy) {
    for (int64_t sx = 0; sx < small.w; ++sx) {
      for (int64_t ky = 0; ky < taps.kernel[0]; ++ky) {
        for (int64_t kx = 0; kx < taps.kernel[1]; ++kx) {
          const int64_t ly = taps.y(sy, ky), lx = taps.x(sx, kx);
          if (ly < 0 || ly >= large.h || lx < 0 || lx >= large.w) continue;
          f(sy * small.w + sx, ky * taps.kernel[1] + kx, ly, lx);
        }
      }
    }
  }
}

}  // namespace

Result<Tensors> EvaluateConv2d(const Context& c) {
  const auto& op = c.attributes<plan::Conv2dT>();
  const Image x(c.shape(0), op.channels_last), y(c.out().shape, op.channels_last);
  const int64_t taps_n = int64_t{op.kernel[0]} * op.kernel[1], cin = x.c / op.groups, cout = y.c / op.groups;
  const Taps taps{op.kernel, op.strides, op.dilations, op.pads};
  // rows: [n * oh * ow, y.c], as FinishRows takes it
  std::vector<double> rows(static_cast<size_t>(y.n * y.h * y.w * y.c));
  Eigen::Map<Matrix> all_rows(rows.data(), y.n * y.h * y.w, y.c);
  for (int64_t g = 0; g < op.groups; ++g) {
    Matrix weight(taps_n * cin, cout);  // row = tap * cin + channel
    for (int64_t t = 0; t < taps_n; ++t) {
      for (int64_t i = 0; i < cin; ++i) {
        for (int64_t o = 0; o < cout; ++o) {
          const int64_t out = g * cout + o;
          weight(t * cin + i, o) =
              c.in(1).f32()[op.channels_last ? (t * cin + i) * y.c + out : (out * cin + i) * taps_n + t];
        }
      }
    }
    for (int64_t n = 0; n < y.n; ++n) {
      Matrix patches = Matrix::Zero(y.h * y.w, taps_n * cin);
      ForEachTap(taps, y, x, [&](int64_t row, int64_t tap, int64_t iy, int64_t ix) {
        for (int64_t i = 0; i < cin; ++i) patches(row, tap * cin + i) = c.in(0).f32()[x.at(n, g * cin + i, iy, ix)];
      });
      all_rows.block(n * y.h * y.w, g * cout, y.h * y.w, cout).noalias() = patches * weight;
    }
  }
  const Shape channels_last{y.n, y.h, y.w, y.c};
  const std::vector<ValueType> types{{DType::F32, channels_last}};
  Tensor finished = FinishRows({c.op, c.inputs, types}, rows, ops::ActivationOf(op.act));
  if (op.channels_last) return Tensors{std::move(finished)};
  MutableTensor out(c.out());
  const Shape strides = Strides(channels_last);
  float* next = out.data<float>();
  Walk<1>(out.shape(), {Shape{strides[0], strides[3], strides[1], strides[2]}}, {0},
          [&](const auto& at) { *next++ = finished.f32()[at[0]]; });
  return Tensors{std::move(out).Freeze()};
}

// The gradient of a convolution with respect to its input: every input pixel adds its patch to the output.
Result<Tensors> EvaluateConvTranspose2d(const Context& c) {
  const auto& op = c.attributes<plan::ConvTranspose2dT>();
  const Image x(c.shape(0), op.channels_last), y(c.out().shape, op.channels_last);
  const int64_t taps_n = int64_t{op.kernel[0]} * op.kernel[1], cin = x.c / op.groups, cout = y.c / op.groups;
  const Taps taps{op.kernel, op.strides, op.dilations, op.pads};
  std::vector<double> sums(static_cast<size_t>(NumElements(c.out().shape)));
  for (int64_t g = 0; g < op.groups; ++g) {
    Matrix weight(cin, taps_n * cout);  // column = tap * cout + channel
    for (int64_t i = 0; i < cin; ++i) {
      for (int64_t t = 0; t < taps_n; ++t) {
        for (int64_t o = 0; o < cout; ++o) {
          const int64_t in = g * cin + i;
          weight(i, t * cout + o) =
              c.in(1).f32()[op.channels_last ? (t * x.c + in) * cout + o : (in * cout + o) * taps_n + t];
        }
      }
    }
    for (int64_t n = 0; n < y.n; ++n) {
      Matrix pixels(x.h * x.w, cin);
      for (int64_t p = 0; p < x.h * x.w; ++p) {
        for (int64_t i = 0; i < cin; ++i) pixels(p, i) = c.in(0).f32()[x.at(n, g * cin + i, p / x.w, p % x.w)];
      }
      const Matrix patches = pixels * weight;
      ForEachTap(taps, x, y, [&](int64_t row, int64_t tap, int64_t oy, int64_t ox) {
        for (int64_t o = 0; o < cout; ++o)
          sums[static_cast<size_t>(y.at(n, g * cout + o, oy, ox))] += patches(row, tap * cout + o);
      });
    }
  }
  MutableTensor out(c.out());
  Walk<1>(out.shape(), {Strides(out.shape())}, {0}, [&](const auto& at) {
    const int64_t channel = at[0] / y.stride_c % y.c;
    out.data<float>()[at[0]] =
        static_cast<float>(sums[static_cast<size_t>(at[0])] + (c.has(2) ? c.in(2).f32()[channel] : 0));
  });
  return Tensors{std::move(out).Freeze()};
}

}  // namespace vitrt::convert::evaluate

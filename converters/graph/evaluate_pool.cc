// Pool2d. Taps outside of the input never take part in a maximum; an average counts them if count_include_pad, but
// only within the padding: what ceil mode reaches beyond it is never counted.
#include <algorithm>
#include <cmath>

#include "converters/graph/evaluate.h"

namespace vitrt::convert::evaluate {
namespace {

// Taps of the window at output position `out`, split into those inside of the input and those inside of input +
// padding.
struct Span {
  std::vector<int64_t> inside;
  int64_t padded = 0;
};

Span SpanAt(int64_t out, int64_t size, int kernel, int stride, int dilation, int pad_begin, int pad_end) {
  Span span;
  for (int k = 0; k < kernel; ++k) {
    const int64_t at = out * stride - pad_begin + int64_t{k} * dilation;
    if (at >= 0 && at < size) span.inside.push_back(at);
    if (at < size + pad_end) ++span.padded;
  }
  return span;
}

}  // namespace

Result<Tensors> EvaluatePool2d(const Context& c) {
  const auto& op = c.attributes<plan::Pool2dT>();
  const size_t channel_axis = op.channels_last ? 3 : 1, h_axis = op.channels_last ? 1 : 2,
               w_axis = op.channels_last ? 2 : 3;
  const Shape &in = c.shape(0), &shape = c.out().shape;
  const Shape xs = Strides(in), ys = Strides(shape);
  MutableTensor y(c.out());
  for (int64_t oy = 0; oy < shape[h_axis]; ++oy) {
    const Span rows = SpanAt(oy, in[h_axis], op.kernel[0], op.strides[0], op.dilations[0], op.pads[0], op.pads[2]);
    for (int64_t ox = 0; ox < shape[w_axis]; ++ox) {
      const Span columns = SpanAt(ox, in[w_axis], op.kernel[1], op.strides[1], op.dilations[1], op.pads[1], op.pads[3]);
      const double count = op.count_include_pad ? static_cast<double>(rows.padded * columns.padded)
                                                : static_cast<double>(rows.inside.size() * columns.inside.size());
      for (int64_t plane = 0; plane < shape[0] * shape[channel_axis]; ++plane) {
        const int64_t n = plane / shape[channel_axis], channel = plane % shape[channel_axis];
        const float* x = c.in(0).f32() + n * xs[0] + channel * xs[channel_axis];
        double sum = 0, top = -HUGE_VAL;
        for (int64_t iy : rows.inside) {
          for (int64_t ix : columns.inside) {
            const double value = x[iy * xs[h_axis] + ix * xs[w_axis]];
            sum += value;
            top = std::isnan(value) ? value : std::max(value, top);
          }
        }
        const int64_t at = n * ys[0] + channel * ys[channel_axis] + oy * ys[h_axis] + ox * ys[w_axis];
        y.data<float>()[at] = static_cast<float>(op.average ? sum / count : top);
      }
    }
  }
  return Tensors{std::move(y).Freeze()};
}

}  // namespace vitrt::convert::evaluate

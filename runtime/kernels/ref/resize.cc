#include "runtime/kernels/ref/resize.h"

#include <algorithm>
#include <cmath>

namespace vitrt::kernels::ref {
namespace {

using plan::ResizeCoordinates;
using plan::ResizeMode;
using plan::ResizeNearest;

// The place in x of position i of y. In float, where 3 / 0.6f is 5: a coordinate meant to be whole is whole.
float Source(const ResizeSpec& spec, float scale, int64_t in, int64_t out, int64_t i) {
  const float at = static_cast<float>(i), size = static_cast<float>(in);
  const float half_pixel = (at + 0.5f) / scale - 0.5f;
  switch (spec.coordinates) {
    case ResizeCoordinates::HalfPixel:
      return half_pixel;
    case ResizeCoordinates::PytorchHalfPixel:
      return out > 1 ? half_pixel : 0;
    case ResizeCoordinates::Asymmetric:
      return at / scale;
    case ResizeCoordinates::
        AlignCorners:  // of y's own size, as PyTorch and ONNX Runtime; ONNX's reference: scale * size
      return out == 1 ? 0 : at * (size - 1) / static_cast<float>(out - 1);
    case ResizeCoordinates::HalfPixelSymmetric:  // the centre of x maps to the centre of y
      return size / 2 * (1 - static_cast<float>(out) / (scale * size)) + (at + 0.5f) / scale - 0.5f;
  }
  return half_pixel;
}

int64_t NearestTo(ResizeNearest mode, float at) {
  const float floor = std::floor(at), fraction = at - floor;
  if (fraction == 0) return static_cast<int64_t>(floor);
  const bool up = mode == ResizeNearest::Ceil || (mode == ResizeNearest::RoundPreferFloor && fraction > 0.5f) ||
                  (mode == ResizeNearest::RoundPreferCeil && fraction >= 0.5f);
  return static_cast<int64_t>(floor) + up;
}

double Triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

double Cubic(double a, double x) {  // Keys 1981
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

ResizeAxis Identity(int64_t size) {
  ResizeAxis axis;
  for (int64_t i = 0; i < size; ++i) axis.source.push_back(i);
  axis.weight.assign(static_cast<size_t>(size), 1.0);
  return axis;
}

ResizeAxis PlanNearest(const ResizeSpec& spec, float scale, int64_t in, int64_t out) {
  ResizeAxis axis;
  for (int64_t i = 0; i < out; ++i) {
    axis.source.push_back(std::clamp<int64_t>(NearestTo(spec.nearest, Source(spec, scale, in, out, i)), 0, in - 1));
  }
  axis.weight.assign(static_cast<size_t>(out), 1.0);
  return axis;
}

// Linear and cubic: taps around the source; when shrinking with antialias, the filter is stretched by 1 / scale.
ResizeAxis PlanFilter(const ResizeSpec& spec, float scale, int64_t in, int64_t out) {
  const bool cubic = spec.mode == ResizeMode::Cubic;
  const double stretch = spec.antialias ? std::min(scale, 1.0f) : 1.0;
  const int64_t first = static_cast<int64_t>(std::floor((cubic ? -2 : -1) / stretch)) + 1;
  ResizeAxis axis;
  axis.taps = 2 - 2 * first;
  for (int64_t i = 0; i < out; ++i) {
    const float at = Source(spec, scale, in, out, i);
    const int64_t left = static_cast<int64_t>(std::ceil(at)) - 1;  // a whole coordinate is the right neighbour
    const double ratio = static_cast<double>(at) - static_cast<double>(left);
    double sum = 0;
    const size_t begin = axis.weight.size();
    for (int64_t tap = first; tap < first + axis.taps; ++tap) {
      const double distance = (static_cast<double>(tap) - ratio) * stretch;
      const bool outside = left + tap < 0 || left + tap >= in;
      const double weight = cubic ? Cubic(spec.cubic_a, distance) : Triangle(distance);
      axis.source.push_back(std::clamp<int64_t>(left + tap, 0, in - 1));
      axis.weight.push_back(outside && spec.exclude_outside ? 0 : weight);
      sum += axis.weight.back();
    }
    for (size_t j = begin; j < axis.weight.size() && sum != 0; ++j) axis.weight[j] /= sum;
  }
  return axis;
}

// The weighted sum over the taps of the axes from `axis` on.
double Sum(const ResizePlan& plan, const float* x, int axis, const int64_t* index, int64_t offset) {
  if (axis == plan.x_dims.rank) return x[offset];
  const ResizeAxis& taps = plan.axes[axis];
  double sum = 0;
  for (int64_t t = index[axis] * taps.taps; t < (index[axis] + 1) * taps.taps; ++t) {
    const size_t tap = static_cast<size_t>(t);
    sum += taps.weight[tap] * Sum(plan, x, axis + 1, index, offset * plan.x_dims[axis] + taps.source[tap]);
  }
  return sum;
}

}  // namespace

ResizePlan PlanResize(const ResizeSpec& spec, const Shape& x_dims, const Shape& y_dims) {
  ResizePlan plan{x_dims, y_dims, {}};
  for (int i = 0; i < x_dims.rank; ++i) {
    const int64_t in = x_dims[i], out = y_dims[i];
    const float scale =
        spec.scales.empty() ? static_cast<float>(out) / static_cast<float>(in) : spec.scales[static_cast<size_t>(i)];
    plan.axes[i] = in == out && scale == 1            ? Identity(in)
                   : spec.mode == ResizeMode::Nearest ? PlanNearest(spec, scale, in, out)
                                                      : PlanFilter(spec, scale, in, out);
  }
  return plan;
}

void Resize(const ResizePlan& plan, const float* x, float* y) {
  const int64_t size = plan.y_dims.Size();
  int64_t index[kMaxRank] = {};
  for (int64_t i = 0; i < size; ++i) {
    y[i] = static_cast<float>(Sum(plan, x, 0, index, 0));
    for (int axis = plan.y_dims.rank - 1; axis >= 0 && ++index[axis] == plan.y_dims[axis]; --axis) index[axis] = 0;
  }
}

}  // namespace vitrt::kernels::ref

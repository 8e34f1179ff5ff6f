// Resize, one axis after the other: each output position is a weighted sum of input positions (ONNX Resize-19; cubic:
// Keys 1981). Positions outside of the input take the edge element, or no part with exclude_outside.
#include <algorithm>
#include <cmath>

#include "converters/graph/evaluate.h"

namespace vitrt::convert::evaluate {
namespace {

struct Tap {
  int64_t at;
  double weight;
};

// Input coordinate of output position i.
double Coordinate(const plan::ResizeT& op, double i, double in, double out_exact, double scale, double out) {
  switch (op.coordinates) {
    case plan::ResizeCoordinates::Asymmetric:
      return i / scale;
    case plan::ResizeCoordinates::AlignCorners:  // as PyTorch and ONNX Runtime; ONNX's reference: of out_exact
      return out == 1 ? 0 : i * (in - 1) / (out - 1);
    case plan::ResizeCoordinates::PytorchHalfPixel:
      return out > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case plan::ResizeCoordinates::HalfPixelSymmetric:
      return in / 2 * (1 - out / out_exact) + (i + 0.5) / scale - 0.5;
    case plan::ResizeCoordinates::HalfPixel:
      break;
  }
  return (i + 0.5) / scale - 0.5;
}

double Nearest(plan::ResizeNearest rule, double x) {
  switch (rule) {
    case plan::ResizeNearest::RoundPreferFloor:
      return std::ceil(x - 0.5);
    case plan::ResizeNearest::RoundPreferCeil:
      return std::floor(x + 0.5);
    case plan::ResizeNearest::Floor:
      return std::floor(x);
    case plan::ResizeNearest::Ceil:
      break;
  }
  return std::ceil(x);
}

// The kernels as functions of the distance from the coordinate.
double Triangle(double d) { return std::max(0.0, 1 - std::fabs(d)); }
double Cubic(double d, double a) {
  d = std::fabs(d);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

std::vector<Tap> TapsAt(const plan::ResizeT& op, int64_t i, int64_t in, int64_t out, double scale) {
  double out_exact = scale * static_cast<double>(in);  // a float scale of a whole size is meant exactly
  if (std::fabs(out_exact - static_cast<double>(out)) < 1e-4 * static_cast<double>(out)) {
    out_exact = static_cast<double>(out);
    scale = static_cast<double>(out) / static_cast<double>(in);
  }
  const double x =
      Coordinate(op, static_cast<double>(i), static_cast<double>(in), out_exact, scale, static_cast<double>(out));
  auto clamped = [in](double at) { return static_cast<int64_t>(std::clamp(at, 0.0, static_cast<double>(in - 1))); };
  if (op.mode == plan::ResizeMode::Nearest) return {{clamped(Nearest(op.nearest, x)), 1}};

  const bool cubic = op.mode == plan::ResizeMode::Cubic;
  const double shrink = op.antialias ? std::min(scale, 1.0) : 1;  // < 1: the kernel is stretched over the input
  const double radius = std::ceil((cubic ? 2 : 1) / shrink);
  std::vector<Tap> taps;
  double sum = 0;
  for (double at = std::ceil(x) - radius; at < std::ceil(x) + radius; ++at) {
    const double d = (at - x) * shrink;
    double weight = cubic ? Cubic(d, double{op.cubic_a}) : Triangle(d);
    if (op.exclude_outside && (at < 0 || at >= static_cast<double>(in))) weight = 0;
    if (weight != 0) taps.push_back({clamped(at), weight});
    sum += weight;
  }
  if (op.antialias || op.exclude_outside) {
    for (Tap& tap : taps) tap.weight /= sum;
  }
  return taps;
}

}  // namespace

Result<Tensors> EvaluateResize(const Context& c) {
  const auto& op = c.attributes<plan::ResizeT>();
  Shape shape = c.shape(0);
  // A nearest resize moves elements; integers of any size survive the trip through double only up to 2^53.
  std::vector<double> values = ToF64Vector(c.in(0));
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const int64_t in = shape[axis], out = c.out().shape[axis];
    const double scale = double{op.scales[axis]};
    if (in == out && scale == 1) continue;
    const AxisView v(shape, static_cast<int>(axis));
    shape[axis] = out;
    std::vector<double> resized(static_cast<size_t>(NumElements(shape)));
    for (int64_t i = 0; i < out && in > 0; ++i) {
      for (const Tap& tap : TapsAt(op, i, in, out, scale)) {
        for (int64_t o = 0; o < v.outer; ++o) {
          const double* from = values.data() + (o * in + tap.at) * v.inner;
          double* to = resized.data() + (o * out + i) * v.inner;
          for (int64_t j = 0; j < v.inner; ++j) to[j] += tap.weight * from[j];
        }
      }
    }
    values = std::move(resized);
  }
  return Tensors{FromF64Vector(c.out(), values)};
}

}  // namespace vitrt::convert::evaluate

#include "runtime/image/axis_weights.h"

#include <algorithm>
#include <cmath>

namespace vitrt::image {
namespace {

constexpr double kPi = 3.14159265358979323846;

double Box(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }

double Triangle(double x) { return std::max(0.0, 1.0 - std::fabs(x)); }

double Cubic(double x) {  // Keys with a = -0.5
  constexpr double a = -0.5;
  x = std::fabs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

double Sinc(double x) { return x == 0 ? 1.0 : std::sin(x * kPi) / (x * kPi); }

double Lanczos(double x) { return x >= -3 && x < 3 ? Sinc(x) * Sinc(x / 3) : 0.0; }

struct Filter {
  double support;
  double (*value)(double);
};

constexpr Filter kFilters[] = {{0, nullptr}, {0.5, Box}, {1, Triangle}, {2, Cubic}, {3, Lanczos}};

// Pillow adds the step up; the accumulated rounding decides some pixels, so it is kept.
void FillNearest(AxisWeights* axis) {
  const double step = static_cast<double>(axis->in_size) / static_cast<double>(axis->out_size);
  double at = step * 0.5;
  for (int64_t i = 0; i < axis->end; ++i, at += step) {
    if (i < axis->begin) continue;
    axis->first.push_back(std::min(static_cast<int64_t>(at), axis->in_size - 1));
    axis->count.push_back(1);
  }
}

int32_t ToFixed(double weight) {
  const double scaled = weight * (1 << kWeightBits);
  return static_cast<int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

int32_t Pack(int32_t first, int32_t second) {
  return static_cast<int32_t>((static_cast<uint32_t>(first) & 0xffff) | (static_cast<uint32_t>(second) << 16));
}

void FillFiltered(const Filter& filter, AxisWeights* axis) {
  const double scale = static_cast<double>(axis->in_size) / static_cast<double>(axis->out_size);
  const double widening = std::max(scale, 1.0), narrowing = 1.0 / widening;
  const double support = filter.support * widening;
  const auto most = std::min(static_cast<int64_t>(std::ceil(support)) * 2 + 1, axis->in_size);
  axis->pairs = (most + 1) / 2;
  axis->weights.assign(static_cast<size_t>((axis->end - axis->begin) * axis->pairs), {});
  std::vector<double> taps(static_cast<size_t>(most));
  for (int64_t i = axis->begin; i < axis->end; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<int64_t>(static_cast<int64_t>(center - support + 0.5), 0);
    const auto end = std::min(static_cast<int64_t>(center + support + 0.5), axis->in_size);
    double sum = 0;
    for (int64_t t = first; t < end; ++t) {
      const double weight = filter.value((static_cast<double>(t) - center + 0.5) * narrowing);
      taps[static_cast<size_t>(t - first)] = weight;
      sum += weight;
    }
    WeightPair* row = axis->weights.data() + (i - axis->begin) * axis->pairs;
    for (int64_t t = 0; t < end - first; t += 2) {
      const auto fixed = [&](int64_t tap) {
        if (tap >= end - first) return 0;
        const double weight = taps[static_cast<size_t>(tap)];
        return ToFixed(sum != 0 ? weight / sum : weight);
      };
      const int32_t a = fixed(t), b = fixed(t + 1);
      constexpr int32_t kLowMask = (1 << kLowBits) - 1;
      row[t / 2] = {Pack(a >> kLowBits, b >> kLowBits), Pack(a & kLowMask, b & kLowMask)};
    }
    axis->first.push_back(first);
    axis->count.push_back(end - first);
  }
}

}  // namespace

void Prepare(int64_t in_size, int64_t out_size, int64_t begin, int64_t end, Interpolation interpolation,
             AxisWeights* axis) {
  if (axis->in_size == in_size && axis->out_size == out_size && axis->begin == begin && axis->end == end &&
      axis->interpolation == interpolation) {
    return;
  }
  axis->in_size = in_size;
  axis->out_size = out_size;
  axis->begin = begin;
  axis->end = end;
  axis->interpolation = interpolation;
  axis->pairs = 0;
  axis->first.clear();
  axis->count.clear();
  axis->weights.clear();
  if (interpolation == Interpolation::kNearest) {
    FillNearest(axis);
  } else {
    FillFiltered(kFilters[static_cast<int>(interpolation)], axis);
  }
}

}  // namespace vitrt::image

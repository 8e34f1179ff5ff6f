// ONNX Resize as a weighted sum of a few neighbours per axis: https://onnx.ai/onnx/operators/onnx__Resize.html
// The neighbours are found once, in PlanResize (which allocates); Resize only reads them.
#pragma once

#include <span>
#include <vector>

#include "runtime/kernels/ref/shape.h"
#include "runtime/plan/plan_generated.h"

namespace vitrt::kernels::ref {

struct ResizeSpec {
  plan::ResizeMode mode = plan::ResizeMode::Nearest;
  plan::ResizeCoordinates coordinates = plan::ResizeCoordinates::HalfPixel;
  plan::ResizeNearest nearest = plan::ResizeNearest::RoundPreferFloor;
  float cubic_a = -0.75f;
  bool exclude_outside = false;
  bool antialias = false;              // Linear and Cubic
  std::span<const float> scales = {};  // per axis; empty: output size / input size
};

// Position i of an output axis is sum over t < taps of weight[i*taps + t] * x[source[i*taps + t]].
struct ResizeAxis {
  int64_t taps = 1;
  std::vector<int64_t> source;
  std::vector<double> weight;
};

struct ResizePlan {
  Shape x_dims, y_dims;
  ResizeAxis axes[kMaxRank];
};
ResizePlan PlanResize(const ResizeSpec& spec, const Shape& x_dims, const Shape& y_dims);
void Resize(const ResizePlan& plan, const float* x, float* y);

}  // namespace vitrt::kernels::ref

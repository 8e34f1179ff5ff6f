// ref/resize.h on x = [[1, 2, 3, 4], ..., [13, 14, 15, 16]]. Linear results follow from the formula (x is a plane);
// cubic and antialiased ones are what the Python reference of the ONNX standard gives.
#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "runtime/kernels/ref/resize.h"

namespace vitrt::kernels::ref {
namespace {

using plan::ResizeCoordinates;
using plan::ResizeMode;
using plan::ResizeNearest;
using Floats = std::vector<float>;

struct ResizeCase {
  ResizeSpec spec;
  Floats scales;
  Shape y_dims;
  Floats y;
};

const ResizeCase kCases[] = {
    {{.mode = ResizeMode::Linear}, {0.5f, 0.75f}, {2, 3}, {3.16667f, 4.5f, 5.83333f, 11.1667f, 12.5f, 13.8333f}},
    {{.mode = ResizeMode::Linear, .coordinates = ResizeCoordinates::AlignCorners},
     {0.5f, 0.75f},
     {2, 3},
     {1, 2.5f, 4, 13, 14.5f, 16}},
    {{.mode = ResizeMode::Linear,
      .coordinates = ResizeCoordinates::AlignCorners},  // corners of 2 x 3, not of 2.4 x 3.2
     {0.6f, 0.8f},
     {2, 3},
     {1, 2.5f, 4, 13, 14.5f, 16}},
    {{.mode = ResizeMode::Linear, .coordinates = ResizeCoordinates::PytorchHalfPixel},
     {0.25f, 0.75f},
     {1, 3},
     {1.16667f, 2.5f, 3.83333f}},
    {{.mode = ResizeMode::Linear, .coordinates = ResizeCoordinates::Asymmetric},
     {1.5f, 1},
     {6, 4},
     {1, 2,  3,  4,  3.66667f, 4.66667f, 5.66667f, 6.66667f, 6.33333f, 7.33333f, 8.33333f, 9.33333f,
      9, 10, 11, 12, 11.6667f, 12.6667f, 13.6667f, 14.6667f, 13,       14,       15,       16}},
    {{.mode = ResizeMode::Linear, .coordinates = ResizeCoordinates::HalfPixelSymmetric},
     {0.6f, 1.6f},
     {2, 6},
     {3.66667f, 4.22917f, 4.85417f, 5.47917f, 6.10417f, 6.66667f, 10.3333f, 10.8958f, 11.5208f, 12.1458f, 12.7708f,
      13.3333f}},
    {{.mode = ResizeMode::Linear, .antialias = true}, {0.5f, 0.6f}, {2, 2}, {3.875f, 5.5f, 10.875f, 12.5f}},
    {{.mode = ResizeMode::Cubic},
     {0.75f, 1},
     {3, 4},
     {1.50463f, 2.50463f, 3.50463f, 4.50463f, 7, 8, 9, 10, 12.4954f, 13.4954f, 14.4954f, 15.4954f}},
    {{.mode = ResizeMode::Cubic, .cubic_a = -0.5f, .exclude_outside = true},
     {0.75f, 0.5f},
     {3, 2},
     {1.82314f, 3.99961f, 7.41176f, 9.58823f, 13.0004f, 15.1769f}},
    {{.mode = ResizeMode::Cubic, .coordinates = ResizeCoordinates::Asymmetric, .antialias = true},
     {0.5f, 0.75f},
     {2, 3},
     {1.68056f, 2.93878f, 4.33761f, 9.24306f, 10.5013f, 11.9001f}},
    {{.mode = ResizeMode::Nearest}, {}, {2, 2}, {1, 3, 9, 11}},  // sources 0.5 and 2.5
    {{.mode = ResizeMode::Nearest, .nearest = ResizeNearest::RoundPreferCeil}, {}, {2, 2}, {6, 8, 14, 16}},
    {{.mode = ResizeMode::Nearest, .coordinates = ResizeCoordinates::Asymmetric, .nearest = ResizeNearest::Floor},
     {},
     {1, 8},
     {1, 1, 2, 2, 3, 3, 4, 4}},
    {{.mode = ResizeMode::Nearest, .coordinates = ResizeCoordinates::Asymmetric, .nearest = ResizeNearest::Ceil},
     {},
     {1, 8},
     {1, 2, 2, 3, 3, 4, 4, 4}},
    {{.mode = ResizeMode::Nearest, .coordinates = ResizeCoordinates::Asymmetric, .nearest = ResizeNearest::Floor},
     {1, 0.6f},
     {4, 2},
     {1, 2, 5, 6, 9, 10, 13, 14}},
    {{.mode = ResizeMode::Linear}, {}, {4, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
};

TEST_CASE("resizes in every mode and coordinate system") {
  Floats x(16);
  std::iota(x.begin(), x.end(), 1.0f);
  for (const ResizeCase& test : kCases) {
    CAPTURE(&test - kCases);
    ResizeSpec spec = test.spec;
    spec.scales = test.scales;
    Floats y(test.y.size());
    Resize(PlanResize(spec, {4, 4}, test.y_dims), x.data(), y.data());
    for (size_t i = 0; i < y.size(); ++i) {
      CAPTURE(i);
      CHECK(y[i] == doctest::Approx(test.y[i]).epsilon(1e-5));
    }
  }
}

TEST_CASE("resizes inner axes of a map of channels one by one") {
  const Floats x = {1, 10, 3, 30};  // [1, 1, 2, 2]: two positions, two channels
  Floats y(6);
  Resize(PlanResize({.mode = ResizeMode::Linear, .coordinates = ResizeCoordinates::AlignCorners}, {1, 1, 2, 2},
                    {1, 1, 3, 2}),
         x.data(), y.data());
  CHECK(y == Floats{1, 10, 2, 20, 3, 30});
}

}  // namespace
}  // namespace vitrt::kernels::ref

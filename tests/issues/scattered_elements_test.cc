// Col2Im (PyTorch's fold, which VOLO's outlook attention needs) and ScatterElements whose indices are computed from the
// image (pruning of tokens, routing to experts) were refused.
#include <doctest/doctest.h>

#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

struct Fold {
  const char* title;
  int64_t channels, height, width, kernel[2], stride[2], dilation[2], pads[4];  // pads: top, left, bottom, right
};

int64_t Windows(const Fold& f, int axis) {
  const int64_t size = axis == 0 ? f.height : f.width;
  return (size + f.pads[axis] + f.pads[axis + 2] - f.dilation[axis] * (f.kernel[axis] - 1) - 1) / f.stride[axis] + 1;
}

// The definition: each column's taps are added to the places of the image that they were taken from.
std::vector<double> Folded(const Fold& f, const std::vector<float>& columns) {
  const int64_t rows = Windows(f, 0), across = Windows(f, 1), taps = f.kernel[0] * f.kernel[1];
  std::vector<double> image(static_cast<size_t>(f.channels * f.height * f.width));
  for (int64_t row = 0; row < f.channels * taps; ++row) {
    for (int64_t l = 0; l < rows * across; ++l) {
      const int64_t tap = row % taps, channel = row / taps;
      const int64_t y = l / across * f.stride[0] - f.pads[0] + tap / f.kernel[1] * f.dilation[0];
      const int64_t x = l % across * f.stride[1] - f.pads[1] + tap % f.kernel[1] * f.dilation[1];
      if (y < 0 || x < 0 || y >= f.height || x >= f.width) continue;
      image[static_cast<size_t>((channel * f.height + y) * f.width + x)] +=
          double{columns[static_cast<size_t>(row * rows * across + l)]};
    }
  }
  return image;
}

TEST_CASE("Col2Im adds every tap to its place") {
  const Fold cases[] = {
      {"windows beside each other", 2, 6, 6, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}},
      {"overlapping windows with padding, as VOLO has them", 3, 8, 8, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}},
      {"stride 1", 1, 5, 7, {3, 2}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
      {"rows that no window reaches", 2, 7, 8, {3, 3}, {2, 3}, {1, 1}, {0, 0, 0, 0}},
      {"dilation and padding that differ", 2, 9, 8, {2, 3}, {2, 1}, {3, 2}, {1, 0, 2, 1}},
      {"one window", 4, 3, 3, {3, 3}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
  };
  for (const Fold& f : cases) {
    CAPTURE(f.title);
    const int64_t taps = f.kernel[0] * f.kernel[1], windows = Windows(f, 0) * Windows(f, 1);
    ModelBuilder m(18);
    m.Input("x", {1, 1, f.channels * taps, windows}).Output("y");
    m.Integers("columns", {3}, {1, f.channels * taps, windows}).Node("Reshape", {"x", "columns"}, {"c"});
    m.Integers("image", {2}, {f.height, f.width}).Integers("block", {2}, {f.kernel[0], f.kernel[1]});
    m.Node("Col2Im", {"c", "image", "block"}, {"y"})
        .Ints("strides", {f.stride[0], f.stride[1]})
        .Ints("dilations", {f.dilation[0], f.dilation[1]})
        .Ints("pads", {f.pads[0], f.pads[1], f.pads[2], f.pads[3]});
    const std::vector<float> x = Numbers(f.channels * taps * windows);
    const auto y = RunModel(m, x);
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    const std::vector<double> expected = Folded(f, x);
    REQUIRE(y->front().size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) CHECK(y->front()[i] == doctest::Approx(expected[i]).epsilon(1e-6));
  }
}

TEST_CASE("Col2Im over one axis, and over three") {
  ModelBuilder line(18);
  line.Input("x", {1, 1, 2, 3}).Output("y").Integers("shape", {3}, {1, 2, 3});
  line.Node("Reshape", {"x", "shape"}, {"c"});
  line.Integers("image", {1}, {4}).Integers("block", {1}, {2}).Node("Col2Im", {"c", "image", "block"}, {"y"});
  const auto y = RunModel(line, {1, 2, 3, 10, 20, 30});
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  CHECK(y->front() == std::vector<double>{1, 12, 23, 30});
  ModelBuilder volume(18);
  volume.Input("x", {1, 1, 8, 1}).Output("y").Integers("shape", {3}, {1, 8, 1});
  volume.Node("Reshape", {"x", "shape"}, {"c"});
  volume.Integers("image", {3}, {2, 2, 2}).Node("Col2Im", {"c", "image", "image"}, {"y"});
  const Status status = RunModel(volume, Numbers(8)).status();
  CHECK(status.code() == StatusCode::kUnsupported);
  CHECK_MESSAGE(status.what().find("spatial axes") != std::string::npos, status.ToString());
}

struct Scatter {
  const char* title;
  int64_t axis;
  const char* reduction;
};

// x [1, 2, 3, 4]; indices: where the largest of each line along `axis` is.
std::vector<double> Scattered(const Scatter& c, const std::vector<float>& x) {
  const size_t dims[] = {1, 2, 3, 4}, strides[] = {24, 12, 4, 1};
  const size_t axis = static_cast<size_t>(c.axis < 0 ? c.axis + 4 : c.axis), step = strides[axis], size = dims[axis];
  std::vector<double> y(x.begin(), x.end());
  for (size_t i = 0; i < x.size(); ++i) {
    if (i / step % size != 0) continue;  // the first of its line
    size_t top = 0;
    for (size_t k = 1; k < size; ++k) top = x[i + k * step] > x[i + top * step] ? k : top;
    double& place = y[i + top * step];
    place = c.reduction == std::string("add") ? place + 0.5 : 0.5;
  }
  return y;
}

TEST_CASE("ScatterElements with indices that are computed from the image") {
  for (const Scatter& c : {Scatter{"along the last axis", 3, "none"}, Scatter{"along a middle axis", -2, "none"},
                           Scatter{"added", 1, "add"}}) {
    CAPTURE(c.title);
    ModelBuilder m(18);
    m.Input("x", {1, 2, 3, 4}).Output("y");
    m.Node("ArgMax", {"x"}, {"i"}).Int("axis", c.axis).Int("keepdims", 1);
    m.Node("Cast", {"i"}, {"f"}).Int("to", ::onnx::TensorProto::FLOAT);
    m.Floats("zero", {}, {0}).Floats("half", {}, {0.5f}).Node("Mul", {"f", "zero"}, {"z"});
    m.Node("Add", {"z", "half"}, {"u"});
    m.Node("ScatterElements", {"x", "i", "u"}, {"y"}).Int("axis", c.axis).String("reduction", c.reduction);
    const std::vector<float> x = Numbers(24, 3);
    const auto y = RunModel(m, x);
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    CHECK(y->front() == Scattered(c, x));
  }
}

TEST_CASE("ScatterElements of the tokens that TopK picked") {
  ModelBuilder m(18);
  m.Input("x", {1, 1, 1, 6}).Output("y").Integers("k", {1}, {2});
  m.Node("TopK", {"x", "k"}, {"v", "i"});
  m.Node("Neg", {"v"}, {"u"});
  m.Node("ScatterElements", {"x", "i", "u"}, {"y"}).Int("axis", 3);
  const auto y = RunModel(m, {1, 9, 3, 7, 5, 2});
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  CHECK(y->front() == std::vector<double>{1, -9, 3, -7, 5, 2});
}

TEST_CASE("ScatterElements with negative computed indices") {
  ModelBuilder m(18);
  m.Input("x", {1, 1, 1, 4}).Output("y").Integers("four", {}, {4});
  m.Node("ArgMax", {"x"}, {"i"}).Int("axis", 3).Int("keepdims", 1);
  m.Node("Sub", {"i", "four"}, {"n"});
  m.Floats("u", {1, 1, 1, 1}, {-1}).Node("ScatterElements", {"x", "n", "u"}, {"y"}).Int("axis", -1);
  const auto y = RunModel(m, {1, 2, 9, 3});
  REQUIRE_MESSAGE(y.ok(), y.status().ToString());
  CHECK(y->front() == std::vector<double>{1, 2, -1, 3});
}

}  // namespace
}  // namespace vitrt::test

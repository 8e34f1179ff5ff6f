// A pool in ceil mode whose window is larger than the map was refused: "output size 0" (ceil_pool).
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

struct Case {
  const char* title;
  const char* op;
  int64_t size, kernel, stride, dilation, pad;
  bool count_include_pad;
  int64_t windows;
};

// PyTorch's rule for the number of windows is in `windows`; a window counts what lies inside of the map, or, with
// count_include_pad, of the padded map.
std::vector<double> Pooled(const Case& c, const std::vector<float>& x) {
  const bool average = c.op == std::string("AveragePool");
  std::vector<double> y;
  for (int64_t oy = 0; oy < c.windows; ++oy) {
    for (int64_t ox = 0; ox < c.windows; ++ox) {
      double sum = 0, largest = -std::numeric_limits<double>::infinity(), count = 0;
      for (int64_t k = 0; k < c.kernel * c.kernel; ++k) {
        const int64_t iy = oy * c.stride - c.pad + k / c.kernel * c.dilation;
        const int64_t ix = ox * c.stride - c.pad + k % c.kernel * c.dilation;
        const int64_t end = c.size + (c.count_include_pad ? c.pad : 0);
        const bool inside = iy >= 0 && ix >= 0 && iy < c.size && ix < c.size;
        count += inside || (c.count_include_pad && iy < end && ix < end);
        if (!inside) continue;
        const double value = double{x[static_cast<size_t>(iy * c.size + ix)]};
        sum += value;
        largest = std::max(largest, value);
      }
      y.push_back(average ? sum / count : largest);
    }
  }
  return y;
}

TEST_CASE("pools in ceil mode whose windows reach over the map") {
  const Case cases[] = {
      {"average, kernel 9 on 8", "AveragePool", 8, 9, 9, 1, 0, false, 1},
      {"average, kernel 9 on 8, stride 2", "AveragePool", 8, 9, 2, 1, 0, false, 1},
      {"average that counts padding", "AveragePool", 6, 11, 4, 1, 1, true, 1},
      {"maximum, kernel 7 on 4", "MaxPool", 4, 7, 7, 1, 0, false, 1},
      {"maximum with dilation", "MaxPool", 5, 3, 3, 3, 0, false, 1},
      {"kernel as large as the map", "AveragePool", 8, 8, 3, 1, 0, false, 1},
      {"kernel larger than the padded map", "MaxPool", 4, 7, 2, 1, 1, false, 1},
      {"two windows, the second over the edge", "AveragePool", 8, 5, 4, 1, 0, false, 2},
  };
  for (const Case& c : cases) {
    CAPTURE(c.title);
    ModelBuilder m(19);
    m.Input("x", {1, 1, c.size, c.size}).Output("y");
    auto node = m.Node(c.op, {"x"}, {"y"});
    node.Int("ceil_mode", 1).Ints("kernel_shape", {c.kernel, c.kernel}).Ints("strides", {c.stride, c.stride});
    node.Ints("pads", std::vector<int64_t>(4, c.pad)).Ints("dilations", {c.dilation, c.dilation});
    if (c.count_include_pad) node.Int("count_include_pad", 1);
    const std::vector<float> x = Numbers(c.size * c.size);
    const auto y = RunModel(m, x);
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    const std::vector<double> expected = Pooled(c, x);
    REQUIRE(y->front().size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) CHECK(y->front()[i] == doctest::Approx(expected[i]).epsilon(1e-6));
  }
}

TEST_CASE("without ceil mode, and where no window begins inside, there is no output: refused with the node") {
  for (const bool ceil : {false, true}) {
    CAPTURE(ceil);
    ModelBuilder m(17);
    m.Input("x", {1, 1, 4, 4}).Output("y");
    m.Node("AveragePool", {"x"}, {"y"}).Name("pool").Int("ceil_mode", ceil).Ints("kernel_shape", {9, 9});
    const Status status = RunModel(m, Numbers(16)).status();
    CHECK(status.code() == StatusCode::kBadPlan);
    CHECK_MESSAGE(status.where().find("pool") != std::string::npos, status.ToString());
  }
}

}  // namespace
}  // namespace vitrt::test

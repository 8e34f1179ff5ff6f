// A query whose keys are all hidden was NaN in ONNX's Attention, and where attention was fused the guard of PyTorch's
// exporter against such NaN went; causal attention over a padded cache began at its first key. The specification of ONNX
// 1.23 (errata to opsets 23 and 24) and ONNX Runtime 1.32: such a query gives 0, and causal is counted from the end.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "converters/passes/pipeline.h"
#include "tests/issues/run_model.h"

namespace vitrt::test {
namespace {

using T = ::onnx::TensorProto;
constexpr float kInfinity = std::numeric_limits<float>::infinity(), kLowest = std::numeric_limits<float>::lowest();
constexpr int kTokens = 4, kDim = 3;

// What is added to the score of query i and key j.
using Bias = std::function<float(int, int)>;

// y = attention of the input [1, 1, 4, 3] on itself, from the definition; a query with no key is 0.
std::vector<double> Expected(const std::vector<float>& x, const Bias& bias) {
  std::vector<double> y(kTokens * kDim);
  for (int i = 0; i < kTokens; ++i) {
    double sum = 0, largest = -HUGE_VAL, scores[kTokens];
    for (int j = 0; j < kTokens; ++j) {
      scores[j] = 0;
      for (int d = 0; d < kDim; ++d) scores[j] += static_cast<double>(x[i * kDim + d]) * x[j * kDim + d];
      scores[j] = static_cast<float>(scores[j] / std::sqrt(double{kDim})) + bias(i, j);
      largest = std::max(largest, scores[j]);
    }
    if (largest == -HUGE_VAL) continue;
    for (double& score : scores) sum += score = std::exp(score - largest);
    for (int j = 0; j < kTokens; ++j) {
      for (int d = 0; d < kDim; ++d) y[i * kDim + d] += scores[j] / sum * x[j * kDim + d];
    }
  }
  return y;
}

void CheckEqual(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-5).scale(1));
}

Bias Where(const std::function<bool(int, int)>& seen, float hidden = -kInfinity) {
  return [=](int i, int j) { return seen(i, j) ? 0.0f : hidden; };
}

void AddMask(ModelBuilder* m, const Bias& bias, bool bools) {
  auto* mask = m->Tensor("mask", bools ? T::BOOL : T::FLOAT, {kTokens, kTokens});
  for (int i = 0; i < kTokens * kTokens; ++i) {
    const float x = bias(i / kTokens, i % kTokens);
    bools ? mask->add_int32_data(x == 0 ? 1 : 0) : mask->add_float_data(x);
  }
}

TEST_CASE("a query whose keys are all hidden gives 0") {
  const auto most = [](int i, int j) { return i != 1 && (i + j) % 3 != 0; };  // query 1 sees nothing
  const auto late = [](int, int j) { return j >= 2; };
  const auto causal_late = [](int i, int j) { return j >= 2 && j <= i; };
  const struct {
    const char* title;
    int opset;
    Bias mask;  // none where empty
    bool bools, causal;
    int length;  // nonpad_kv_seqlen, none where negative
    Bias expected;
  } cases[] = {
      {"a mask of bools", 23, Where(most), true, false, -1, Where(most)},
      {"a mask of floats", 23, Where(most), false, false, -1, Where(most)},
      {"everything hidden", 24, Where([](int, int) { return false; }), true, false, -1,
       Where([](int, int) { return false; })},
      {"causal and a mask of bools, neither alone", 23, Where(late), true, true, -1, Where(causal_late)},
      {"causal and a mask of floats, neither alone", 24, Where(late), false, true, -1, Where(causal_late)},
      {"no key that is no padding", 24, {}, false, false, 0, Where([](int, int) { return false; })},
      {"padding and a mask, neither alone", 24, Where(late), true, false, 2, Where([](int, int) { return false; })},
      {"causal, counted from the end of the keys", 24, {}, false, true, 3, Where([](int i, int j) {
         return j < 3 && j <= i - 1;
       })},
      {"the lowest number hides nothing by itself", 23, Where(most, kLowest), false, false, -1, Where(most, kLowest)},
      {"no row is hidden", 23, Where([](int i, int j) { return j <= i; }), true, false, -1,
       Where([](int i, int j) { return j <= i; })},
  };
  const std::vector<float> x = Numbers(kTokens * kDim);
  for (const auto& c : cases) {
    CAPTURE(c.title);
    ModelBuilder m(c.opset);
    m.Input("x", {1, 1, kTokens, kDim}).Output("y").Output("weights");
    std::vector<std::string> inputs = {"x", "x", "x", "", "", "", ""};
    if (c.mask) AddMask(&m, c.mask, c.bools), inputs[3] = "mask";
    if (c.length >= 0) m.Integers("length", {1}, {c.length}), inputs[6] = "length";
    m.Node("Attention", inputs, {"y", "", "", "weights"})
        .Int("is_causal", c.causal ? 1 : 0)
        .Int("qk_matmul_output_mode", 3);
    const auto y = RunModel(m, x);
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    CheckEqual((*y)[0], Expected(x, c.expected));
    auto weight = (*y)[1].begin();
    for (int i = 0; i < kTokens; ++i) {
      bool all = true;
      double sum = 0;
      for (int j = 0; j < kTokens; ++j) {
        all = all && c.expected(i, j) == -kInfinity;
        sum += *weight++;
      }
      CHECK(sum == doctest::Approx(all ? 0 : 1));
    }
  }
}

TEST_CASE("a mask that the image decides hides whole rows, too") {
  ModelBuilder m(23);  // tokens whose first number is not positive see nothing and are not seen
  m.Input("x", {1, 1, kTokens, kDim}).Output("y").Floats("zero", {1}, {0});
  m.Integers("from", {1}, {0}).Integers("to", {1}, {1}).Integers("axis", {1}, {3});
  m.Node("Slice", {"x", "from", "to", "axis"}, {"first"});
  m.Node("Greater", {"first", "zero"}, {"on"});
  m.Node("Transpose", {"on"}, {"turned"}).Ints("perm", {0, 1, 3, 2});
  m.Node("And", {"on", "turned"}, {"mask"});
  m.Node("Attention", {"x", "x", "x", "mask"}, {"y"});
  for (const uint32_t on : {0b0101u, 0b0000u, 0b1111u, 0b1000u}) {
    CAPTURE(on);
    std::vector<float> x = Numbers(kTokens * kDim);
    for (int i = 0; i < kTokens; ++i) x[static_cast<size_t>(i) * kDim] = on >> i & 1 ? 0.5f : -0.5f;
    const auto y = RunModel(m, x);
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    CheckEqual((*y)[0], Expected(x, Where([on](int i, int j) { return (on >> i & on >> j & 1) != 0; })));
  }
}

TEST_CASE("masks and lengths that fit no keys are refused") {
  const struct {
    const char* title;
    std::vector<int64_t> mask, lengths;
    const char* message;
  } cases[] = {{"a mask of one key", {kTokens, 1}, {}, "a mask of one key where there are 4"},
               {"a negative length", {}, {-1}, "nonpad_kv_seqlen does not fit"},
               {"a length above the keys", {}, {kTokens + 1}, "nonpad_kv_seqlen does not fit"},
               {"the least length", {}, {std::numeric_limits<int64_t>::min()}, "nonpad_kv_seqlen does not fit"},
               {"two lengths for one image", {}, {1, 2}, "nonpad_kv_seqlen does not fit"}};
  for (const auto& c : cases) {
    CAPTURE(c.title);
    ModelBuilder m(24);
    m.Input("x", {1, 1, kTokens, kDim}).Output("y");
    std::vector<std::string> inputs = {"x", "x", "x", "", "", "", ""};
    if (!c.mask.empty()) {
      auto* mask = m.Tensor("mask", T::BOOL, c.mask);
      for (int i = 0; i < kTokens; ++i) mask->add_int32_data(1);
      inputs[3] = "mask";
    }
    if (!c.lengths.empty()) {
      m.Integers("length", {static_cast<int64_t>(c.lengths.size())}, c.lengths);
      inputs[6] = "length";
    }
    m.Node("Attention", inputs, {"y"}).Int("is_causal", 1);
    const Status status = RunModel(m, Numbers(kTokens * kDim)).status();
    CHECK_MESSAGE(status.ToString().find(c.message) != std::string::npos, status.ToString());
  }
}

TEST_CASE("a guard against queries without keys stays where a query may have none") {
  const struct {
    const char* title;
    Bias mask;
    bool fused;
  } cases[] = {{"every query has a key", Where([](int i, int j) { return j <= i; }), true},
               {"a query has none", Where([](int i, int j) { return i != 1 && j != 2; }), false},
               {"finite masks", Where([](int i, int) { return i != 1; }, -1e9f), true}};
  const std::vector<float> x = Numbers(kTokens * kDim);
  for (const auto& c : cases) {
    CAPTURE(c.title);
    ModelBuilder m(18);
    m.Input("x", {1, 1, kTokens, kDim}).Output("y");
    m.Floats("zero", {}, {0}).Floats("scale", {}, {static_cast<float>(1 / std::sqrt(double{kDim}))});
    AddMask(&m, c.mask, false);
    m.Node("Transpose", {"x"}, {"turned"}).Ints("perm", {0, 1, 3, 2});
    m.Node("MatMul", {"x", "turned"}, {"scores"});
    m.Node("Mul", {"scores", "scale"}, {"scaled"});
    m.Node("Add", {"scaled", "mask"}, {"masked"});
    m.Node("Softmax", {"masked"}, {"p"}).Int("axis", -1);
    m.Node("IsNaN", {"p"}, {"is_nan"});
    m.Node("Where", {"is_nan", "zero", "p"}, {"guarded"});
    m.Node("MatMul", {"guarded", "x"}, {"y"});
    const auto y = RunModel(m, x);
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    CheckEqual((*y)[0], Expected(x, c.mask));
    TempFolder folder;
    auto graph = convert::ImportOnnx(m.Write(folder / "model.onnx"));
    REQUIRE(graph.ok());
    REQUIRE(RunPasses(&*graph, {}).ok());
    const bool fused = std::any_of(graph->nodes.begin(), graph->nodes.end(),
                                   [](const auto& node) { return node->op.type == plan::Op::Attention; });
    CHECK(fused == c.fused);
  }
}

}  // namespace
}  // namespace vitrt::test

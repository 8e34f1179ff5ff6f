// FormFakeQuantize: the roundings of quantised models as the importer writes them, and near misses.
#include <algorithm>

#include "converters/passes/passes.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

using plan::BinaryFn;
using plan::UnaryFn;

constexpr float kScale = 0.02f;

// clip(round(x) + zero); zero 0: no addition.
ValueId Rounded(Builder& b, ValueId x, float zero, float low, float high) {
  ValueId y = b.Unary(UnaryFn::Round, x);
  if (zero != 0) y = b.Binary(BinaryFn::Add, y, b.Scalar(zero));
  return b.Unary(UnaryFn::Clip, y, low, high);
}

ValueId QuantizedAndBack(Builder& b, float scale, float zero, float low, float high, float back) {
  ValueId y = Rounded(b, b.Binary(BinaryFn::Div, b.input(), b.Scalar(scale)), zero, low, high);
  if (zero != 0) y = b.Binary(BinaryFn::Sub, y, b.Scalar(zero));
  return b.Binary(BinaryFn::Mul, y, b.Scalar(back));
}

bool IsFakeQuantize(const Node& node) {
  return node.op.type == plan::Op::Unary && node.op.AsUnary()->act->fn() == UnaryFn::FakeQuantize;
}

TEST_CASE("quantising to 8 bits and back is one function") {
  const struct {
    const char* name;
    float zero, low, high;
    float least;  // of the integers less the zero point
  } cases[] = {{"uint8", 117, 0, 255, -117},
               {"uint8 without a zero point", 0, 0, 255, 0},
               {"int8", -5, -128, 127, -123},
               {"int8, symmetric", 0, -128, 127, -128}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed([&](Builder& b) { QuantizedAndBack(b, kScale, c.zero, c.low, c.high, kScale); },
                                    {3, 50}, {FormFakeQuantize});
    REQUIRE_MESSAGE(graph.nodes.size() == 1, ToText(graph));
    REQUIRE(IsFakeQuantize(*graph.nodes[0]));
    CHECK(graph.nodes[0]->op.AsUnary()->act->alpha() == kScale);
    CHECK(graph.nodes[0]->op.AsUnary()->act->beta() == c.least);
  }
}

TEST_CASE("what is rounded already is not rounded again on the same grid, whatever moved it") {
  const auto rounded = [](Builder& b, ValueId x, float scale) {
    return b.Unary(UnaryFn::FakeQuantize, x, scale, -100);
  };
  const struct {
    const char* name;
    float second;
    size_t nodes;
  } cases[] = {{"the same grid", kScale, 4}, {"another grid", 2 * kScale, 5}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(
        [&](Builder& b) {
          const ValueId moved = b.Transpose(b.Reshape(rounded(b, b.input(), kScale), {5, 30}), {1, 0});
          rounded(b, b.Slice(moved, {3, 1}, {20, 4}), c.second);
        },
        {3, 50}, {FormFakeQuantize});
    CHECK_MESSAGE(graph.nodes.size() == c.nodes, ToText(graph));
  }
}

TEST_CASE("integers that stay integers, another scale, and grids of other sizes keep their steps") {
  const struct {
    const char* name;
    std::function<void(Builder&)> build;
    int fake_quantize;
    size_t nodes;
  } cases[] = {
      {"integers are read: rounded on a grid of 1, the zero point added again",
       [](Builder& b) { Rounded(b, b.input(), 3, 0, 255); }, 1, 2},
      {"multiplied by another scale", [](Builder& b) { QuantizedAndBack(b, kScale, 7, 0, 255, 0.5f); }, 1, 3},
      {"16 bits", [](Builder& b) { QuantizedAndBack(b, kScale, 0, -32768, 32767, kScale); }, 0, 4},
      {"a zero point that is no whole number", [](Builder& b) { Rounded(b, b.input(), 0.5f, 0, 255); }, 0, 3},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, {3, 50}, {FormFakeQuantize});
    CHECK_MESSAGE(graph.nodes.size() == c.nodes, ToText(graph));
    CHECK(std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const auto& n) { return IsFakeQuantize(*n); }) ==
          c.fake_quantize);
  }
}

ValueId Extreme(Builder& b, plan::ReduceFn fn) { return b.Add(ops::Reduce(fn, {0, 1}, false), {b.input()}); }

TEST_CASE(
    "a computed scale that is none of DynamicQuantizeLinear is divided by and multiplied with where the model does") {
  const struct {
    const char* name;
    std::function<void(Builder&)> build;
    size_t nodes;
  } cases[] = {
      {"x / s * s",
       [](Builder& b) {
         const ValueId s = Extreme(b, plan::ReduceFn::Max);
         b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Div, b.input(), s), s);
       },
       3},
      {"x / s * (s c)",
       [](Builder& b) {
         const ValueId s = Extreme(b, plan::ReduceFn::Max), c = b.Binary(BinaryFn::Mul, s, b.Scalar(3));
         b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Div, b.input(), s), c);
       },
       4},
      {"(x / s) W s",
       [](Builder& b) {
         const ValueId s = Extreme(b, plan::ReduceFn::Max);
         const ValueId y = b.Add(plan::MatMulT{}, {b.Binary(BinaryFn::Div, b.input(), s), b.Weight({50, 20})});
         b.Binary(BinaryFn::Mul, y, s);
       },
       4},
      {"the rounded x divided by the scale of something else, rounded again",
       [](Builder& b) {
         const ValueId s = Extreme(b, plan::ReduceFn::Max),
                       z = b.Unary(UnaryFn::Round, Extreme(b, plan::ReduceFn::Min));
         const ValueId f = b.Add(plan::DynamicFakeQuantizeT{}, {b.input()});
         ValueId q = b.Unary(UnaryFn::Round, b.Binary(BinaryFn::Div, f, s));
         q = b.Unary(UnaryFn::Clip, b.Binary(BinaryFn::Add, q, z), 0, 255);
         b.Binary(BinaryFn::Mul, b.Binary(BinaryFn::Sub, q, z), s);
       },
       10},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, {3, 50}, {FormFakeQuantize});
    CHECK_MESSAGE(graph.nodes.size() == c.nodes, ToText(graph));
  }
}

}  // namespace
}  // namespace vitrt::convert::test

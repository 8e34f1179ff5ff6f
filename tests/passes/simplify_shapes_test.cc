#include "converters/passes/passes.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

struct Case {
  const char* name;
  std::function<void(Builder&)> build;
  int nodes;  // left
};

TEST_CASE("movement that moves nothing goes, chains become one") {
  using plan::BinaryFn;
  const Case cases[] = {
      {"reshape to the same shape",
       [](Builder& b) {
         b.Unary(plan::UnaryFn::Relu, b.Reshape(b.input(), {1, 4, 6}));
       },
       1},
      {"reshape of reshape",
       [](Builder& b) {
         b.Reshape(b.Reshape(b.input(), {4, 6}), {2, 12});
       },
       1},
      {"reshape there and back",
       [](Builder& b) {
         b.Unary(plan::UnaryFn::Relu, b.Reshape(b.Reshape(b.input(), {24}), {1, 4, 6}));
       },
       1},
      {"transpose of transpose",
       [](Builder& b) {
         b.Transpose(b.Transpose(b.input(), {2, 0, 1}), {2, 1, 0});
       },
       1},
      {"transpose and its inverse",
       [](Builder& b) {
         b.Unary(plan::UnaryFn::Relu, b.Transpose(b.Transpose(b.input(), {2, 0, 1}), {1, 2, 0}));
       },
       1},
      {"transpose of a size-1 axis is a reshape",
       [](Builder& b) {
         b.Reshape(b.Transpose(b.input(), {1, 0, 2}), {24});
       },
       1},
      {"slice of slice",
       [](Builder& b) {
         b.Slice(b.Slice(b.input(), {0, 1, 0}, {1, 3, 6}), {0, 1, 2}, {1, 2, 3});
       },
       1},
      {"slice of everything",
       [](Builder& b) {
         b.Unary(plan::UnaryFn::Relu, b.Slice(b.input(), {0, 0, 0}, {1, 4, 6}));
       },
       1},
      {"slice of one part of a concatenation",
       [](Builder& b) {
         b.Unary(plan::UnaryFn::Relu,
                 b.Slice(b.Add(ops::Concat(1), {b.input(), b.Weight({1, 2, 6})}), {0, 0, 0}, {1, 4, 6}));
       },
       1},
      {"gather of one index",
       [](Builder& b) {
         b.Add(ops::Gather(1), {b.input(), b.graph.AddConstant("i", Tensor::FromI64({}, {-1}))});
       },
       2},
      {"gather of a falling run",
       [](Builder& b) {
         b.Add(ops::Gather(1), {b.input(), b.graph.AddConstant("i", Tensor::FromI64({3}, {3, 2, 1}))});
       },
       1},
      {"gather of scattered indices stays",
       [](Builder& b) {
         b.Add(ops::Gather(1), {b.input(), b.graph.AddConstant("i", Tensor::FromI64({3}, {0, 3, 1}))});
       },
       1},
      {"times one, plus zero",
       [](Builder& b) {
         b.Unary(plan::UnaryFn::Relu,
                 b.Binary(BinaryFn::Add, b.Scalar(0), b.Binary(BinaryFn::Mul, b.input(), b.Scalar(1))));
       },
       1},
      {"one over x stays", [](Builder& b) { b.Binary(BinaryFn::Div, b.Scalar(1), b.input()); }, 1},
      {"expand before a broadcasting op",
       [](Builder& b) {
         b.Binary(BinaryFn::Add, b.input(), b.Add(plan::ExpandT{}, {b.Mean(b.input(), {1}, true)}, Shape{1, 4, 6}));
       },
       2},
      {"mean over an axis of size 1",
       [](Builder& b) {
         b.Unary(plan::UnaryFn::Relu, b.Reshape(b.Mean(b.input(), {0}, false), {1, 4, 6}));
       },
       1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Graph graph = Transformed(c.build, {1, 4, 6}, {SimplifyShapes});
    CHECK_MESSAGE(graph.nodes.size() == static_cast<size_t>(c.nodes), ToText(graph));
  }
}

}  // namespace
}  // namespace vitrt::convert::test

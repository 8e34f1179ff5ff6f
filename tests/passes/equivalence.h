// What every pass test does: build a graph, run a pass, check the graph, and see that it still computes the same.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "converters/graph/graph.h"
#include "converters/graph/ops.h"

namespace vitrt::convert::test {

inline constexpr double kTolerance = 1e-5;  // of the largest output

// Numbers that never come out the same twice, about standard normal.
inline Tensor Random(Shape shape, uint32_t seed) {
  std::mt19937 bits(seed);
  std::vector<float> values(static_cast<size_t>(NumElements(shape)));
  for (float& x : values) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(bits()) / 4294967296.0;
    x = static_cast<float>(sum);
  }
  return Tensor::FromF32(std::move(shape), values);
}

// A graph with one input, built step by step; every step must succeed.
class Builder {
 public:
  explicit Builder(Shape input) { x_ = graph.input = graph.AddValue("input", DType::F32, std::move(input)); }

  ValueId input() const { return x_; }
  template <typename OpT>
  ValueId Add(OpT op, std::vector<ValueId> inputs, std::optional<Shape> shape = {}) {
    std::optional<ValueType> declared;
    if (shape) declared = ValueType{graph.value(inputs[0]).dtype, *shape};
    auto y = graph.Append(std::move(op), std::move(inputs), "node " + std::to_string(graph.nodes.size()), declared);
    REQUIRE_MESSAGE(y.ok(), y.status().ToString());
    return *y;
  }
  ValueId Weight(Shape shape) { return graph.AddConstant("weight", Random(std::move(shape), ++seed_)); }
  ValueId Scalar(float x) { return graph.AddConstant("scalar", Tensor::FromF32({}, {x})); }
  ValueId Reshape(ValueId x, Shape shape) { return Add(plan::ReshapeT{}, {x}, std::move(shape)); }
  ValueId Transpose(ValueId x, std::vector<int32_t> perm) { return Add(ops::Transpose(std::move(perm)), {x}); }
  ValueId Binary(plan::BinaryFn fn, ValueId a, ValueId b) { return Add(ops::Binary(fn), {a, b}); }
  ValueId Unary(plan::UnaryFn fn, ValueId x, float alpha = 0, float beta = 0) {
    return Add(ops::Unary(fn, alpha, beta), {x});
  }
  ValueId Linear(ValueId x, int64_t n, bool bias = true) {
    const int64_t k = graph.value(x).shape.back();
    return Add(plan::LinearT{}, {x, Weight({k, n}), bias ? Weight({n}) : kNoValue});
  }
  // [starts, starts + sizes), steps 1.
  ValueId Slice(ValueId x, Shape starts, Shape sizes) {
    Shape steps(starts.size(), 1);
    return Add(ops::Slice(std::move(starts), std::move(steps)), {x}, std::move(sizes));
  }
  ValueId Mean(ValueId x, std::vector<int32_t> axes, bool keep) {
    return Add(ops::Reduce(plan::ReduceFn::Mean, std::move(axes), keep), {x});
  }
  void Output(ValueId v) { graph.outputs.push_back({"output " + std::to_string(graph.outputs.size()), v}); }

  Graph graph;

 private:
  ValueId x_;
  uint32_t seed_ = 0;
};

using Pass = Result<int> (*)(Graph*);

inline int Count(const Graph& graph, plan::Op op) {
  int count = 0;
  for (const auto& node : graph.nodes) count += node->op.type == op ? 1 : 0;
  return count;
}

// As a share of the largest expected number; infinite where one of two elements is no number and the other another.
inline double LargestError(const Tensor& got, const Tensor& expected) {
  REQUIRE(got.size() == expected.size());
  const auto a = ToF64Vector(got), b = ToF64Vector(expected);
  double largest = 1e-30, error = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isfinite(b[i])) largest = std::max(largest, std::abs(b[i]));
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return std::numeric_limits<double>::infinity();
    error = std::max(error, std::abs(a[i] - b[i]));
  }
  return error / largest;
}

// The image in the layout that the graph has now.
inline Tensor InLayout(const Graph& graph, const Tensor& nchw) {
  if (!graph.input_channels_last) return nchw;
  plan::OpUnion op;
  op.Set(ops::Transpose({0, 2, 3, 1}));
  auto turned = EvaluateNode(op, {nchw}, {graph.value(graph.input).type()});
  REQUIRE(turned.ok());
  return (*turned)[0];
}

// Runs the passes on what `build` makes and returns the graph after them; the outputs must stay the same.
inline Graph Transformed(const std::function<void(Builder&)>& build, const Shape& input,
                         const std::vector<Pass>& passes) {
  Builder b(input);
  build(b);
  if (b.graph.outputs.empty()) b.Output(b.graph.nodes.back()->outputs[0]);
  Status sound = CheckGraph(b.graph);
  REQUIRE_MESSAGE(sound.ok(), sound.ToString());
  const Tensor x = Random(input, 1000);
  auto before = EvaluateGraph(b.graph, x);
  REQUIRE_MESSAGE(before.ok(), before.status().ToString());
  for (Pass pass : passes) {
    auto changes = pass(&b.graph);
    REQUIRE_MESSAGE(changes.ok(), changes.status().ToString());
    sound = CheckGraph(b.graph);
    REQUIRE_MESSAGE(sound.ok(), sound.ToString() << "\n" << ToText(b.graph));
  }
  auto after = EvaluateGraph(b.graph, InLayout(b.graph, x));
  REQUIRE_MESSAGE(after.ok(), after.status().ToString());
  REQUIRE(after->size() == before->size());
  for (size_t i = 0; i < before->size(); ++i) {
    CHECK((*after)[i].shape == (*before)[i].shape);
    CHECK_MESSAGE(LargestError((*after)[i], (*before)[i]) < kTolerance, ToText(b.graph));
  }
  return std::move(b.graph);
}

}  // namespace vitrt::convert::test

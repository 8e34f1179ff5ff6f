// PlanMemory, Views with PlaceInConcat.
#include <doctest/doctest.h>

#include <random>

#include "converters/passes/passes.h"
#include "converters/schedule/memory_plan.h"
#include "converters/schedule/views.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

// Two buffers share a byte and a step, a buffer leaves the arena, or an offset is not aligned.
bool IsFaulty(std::span<const Buffer> buffers, const MemoryPlan& plan) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    const Buffer& one = buffers[i];
    const int64_t begin = plan.offsets[i], end = begin + one.bytes;
    if (begin < 0 || begin % kAlignment != 0 || end > plan.arena_bytes) return true;
    for (size_t j = 0; j < i; ++j) {
      const Buffer& other = buffers[j];
      const bool apart = end <= plan.offsets[j] || begin >= plan.offsets[j] + other.bytes;
      if (!apart && one.first <= other.last && other.first <= one.last) return true;
    }
  }
  return false;
}

TEST_CASE("buffers that live together lie apart, others share") {
  const Buffer chain[] = {{1000, 0, 1}, {2000, 1, 2}, {1000, 2, 3}, {2000, 3, 4}};
  const MemoryPlan plan = PlanMemory(chain);
  CHECK_FALSE(IsFaulty(chain, plan));
  CHECK(plan.arena_bytes == 2048 + 1024);
}

TEST_CASE("a small buffer uses a gap between large ones") {
  const Buffer buffers[] = {{640, 0, 9}, {640, 0, 3}, {640, 0, 9}, {64, 5, 6}};
  const MemoryPlan plan = PlanMemory(buffers);
  CHECK_FALSE(IsFaulty(buffers, plan));
  CHECK(plan.arena_bytes == 3 * 640);
}

TEST_CASE("random plans are sound and close to the largest sum alive") {
  std::mt19937 bits(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Buffer> buffers(60);
    std::vector<int64_t> alive(41);
    for (Buffer& b : buffers) {
      b.bytes = 1 + bits() % 5000;
      b.first = static_cast<int>(bits() % 40);
      b.last = std::min<int>(40, b.first + static_cast<int>(bits() % 6));
      for (int t = b.first; t <= b.last; ++t) alive[static_cast<size_t>(t)] += Aligned(b.bytes);
    }
    const MemoryPlan plan = PlanMemory(buffers);
    CHECK_FALSE(IsFaulty(buffers, plan));
    CHECK(plan.arena_bytes >= *std::max_element(alive.begin(), alive.end()));
    CHECK(plan.arena_bytes <= 2 * *std::max_element(alive.begin(), alive.end()));
  }
}

TEST_CASE("the checker sees an overlap, an odd offset and a buffer outside the arena") {
  const Buffer buffers[] = {{128, 0, 2}, {128, 1, 3}};
  CHECK(IsFaulty(buffers, {{0, 64}, 256}));
  CHECK(IsFaulty(buffers, {{0, 130}, 512}));
  CHECK(IsFaulty(buffers, {{0, 128}, 192}));
  CHECK_FALSE(IsFaulty(buffers, {{128, 0}, 256}));
}

TEST_CASE("reshapes and leading slices are views, others are not") {
  Builder b({1, 4, 6});
  const ValueId y = b.Unary(plan::UnaryFn::Relu, b.input());
  const ValueId rows = b.Slice(y, {0, 2, 0}, {1, 2, 6}), row_flat = b.Reshape(rows, {12}),
                columns = b.Slice(y, {0, 0, 1}, {1, 4, 2});
  const ValueId one = b.Slice(y, {0, 3, 4}, {1, 1, 2});
  for (ValueId v : {row_flat, columns, one}) b.Output(v);
  const Views views(b.graph);
  CHECK(views.Of(row_flat).root == y);
  CHECK(views.Of(row_flat).offset == 12 * 4);
  CHECK(views.Of(one).offset == 22 * 4);
  CHECK(views.Of(columns).root == columns);
}

TEST_CASE("producers write into a concatenation, constants and views are copied there") {
  Builder b({1, 4, 6});
  const ValueId y = b.Unary(plan::UnaryFn::Relu, b.input());
  b.Output(b.Add(ops::Concat(1), {b.Weight({1, 1, 6}), y, b.input()}));
  REQUIRE(PlaceInConcat(&b.graph).ok());
  CHECK(CheckGraph(b.graph).ok());
  CHECK(Count(b.graph, plan::Op::Unary) == 3);
  const Views views(b.graph);
  const Node& concat = *b.graph.nodes.back();
  CHECK(views.IsNothing(concat));
  CHECK(views.InputsToCopy(concat).empty());
  CHECK(views.Of(y).root == concat.outputs[0]);
  CHECK(views.Of(y).offset == 6 * 4);
}

TEST_CASE("a concatenation of channels, or of views only, is a step") {
  Builder b({1, 4, 6});
  const ValueId y = b.Unary(plan::UnaryFn::Relu, b.input());
  b.Output(b.Add(ops::Concat(2), {y, y}));
  b.Output(b.Add(ops::Concat(1), {b.Slice(y, {0, 1, 0}, {1, 3, 6}), b.Slice(y, {0, 0, 0}, {1, 1, 6})}));
  const auto changes = PlaceInConcat(&b.graph);
  REQUIRE(changes.ok());
  CHECK(*changes == 0);
  const Views views(b.graph);
  for (const auto& node : b.graph.nodes) {
    if (node->op.type == plan::Op::Concat) CHECK_FALSE(views.IsNothing(*node));
  }
}

TEST_CASE("a node overwrites an input that nobody reads later") {
  Builder b({1, 4, 6});
  const ValueId a = b.Unary(plan::UnaryFn::Relu, b.input()), c = b.Unary(plan::UnaryFn::Tanh, a),
                d = b.Binary(plan::BinaryFn::Add, c, a);
  b.Output(d);
  Views views(b.graph);
  views.ShareInPlace();
  CHECK(views.Of(a).root != views.Of(b.input()).root);  // the caller's input stays
  CHECK(views.Of(c).root != views.Of(a).root);          // a is read again
  CHECK(views.Of(d).root == views.Of(c).root);
}

TEST_CASE("a scatter writes into the bytes of its data, as the plan's rules allow") {
  Builder b({1, 4, 6});
  const ValueId data = b.Unary(plan::UnaryFn::Relu, b.input()), updates = b.Slice(b.input(), {0, 1, 0}, {1, 1, 6});
  const ValueId indices = b.graph.AddConstant("indices", Tensor::FromI64({1, 1, 2}, {0, 3}));
  const ValueId y = b.Add(plan::ScatterNDT{}, {data, indices, updates});
  b.Output(y);
  Views views(b.graph);
  views.ShareInPlace();
  CHECK(views.Of(data).root == y);
  CHECK(views.Of(updates).root == b.input());
}

TEST_CASE("a copy whose result is overwritten in place stays a step") {
  Builder b({1, 4, 6});
  const ValueId columns = b.Slice(b.Unary(plan::UnaryFn::Relu, b.input()), {0, 0, 1}, {1, 4, 3});
  const Node* copy = b.graph.nodes.back().get();
  const ValueId y = b.Add(ops::LayerNorm(1e-5f), {columns});
  b.Output(b.Unary(plan::UnaryFn::Tanh, y));
  Views views(b.graph);
  views.ShareInPlace();
  CHECK(views.Of(columns).root == views.Of(y).root);
  CHECK_FALSE(views.IsNothing(*copy));
}

}  // namespace
}  // namespace vitrt::convert::test

#include "converters/schedule/segments.h"

#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

// Nodes in an order in which those of the later exit stand before and between those of the earlier one.
struct TwoExits : Builder {
  TwoExits() : Builder({1, 6}) {
    const ValueId x = Linear(input(), 6), feature = Unary(plan::UnaryFn::Tanh, input());
    const ValueId late = Linear(Linear(x, 8), 3), early = Linear(x, 3);
    graph.outputs = {{"early", early}, {"feature", feature}, {"late", late}};
    auto chosen = ChooseExits(graph, {{"early", "late"}, {}});
    REQUIRE(chosen.ok());
    choice = *chosen;
    REQUIRE(choice.exits.size() == 2);
    REQUIRE(choice.raw.size() == 1);
  }
  ExitChoice choice;
};

TEST_CASE("segments are what each exit needs and no earlier one did") {
  TwoExits m;
  OrderBySegments(&m.graph, &m.choice);
  CHECK(CheckGraph(m.graph).ok());
  const auto segments = CutSegments(m.graph, m.choice);
  REQUIRE_MESSAGE(segments.ok(), segments.status().ToString());
  REQUIRE(segments->size() == 3);
  CHECK((*segments)[0].count == 2);
  CHECK((*segments)[1].count == 2);
  CHECK((*segments)[2].count == 1);
  CHECK((*segments)[2].exit == -1);
}

TEST_CASE("a graph whose nodes are not in order is not cut") {
  TwoExits m;
  CHECK(CutSegments(m.graph, m.choice).status().code() == StatusCode::kInternal);
}

TEST_CASE("nodes in order stay where they are") {
  TwoExits m;
  OrderBySegments(&m.graph, &m.choice);
  std::vector<const Node*> before;
  for (const auto& node : m.graph.nodes) before.push_back(node.get());
  OrderBySegments(&m.graph, &m.choice);
  for (size_t i = 0; i < before.size(); ++i) CHECK(m.graph.nodes[i].get() == before[i]);
}

}  // namespace
}  // namespace vitrt::convert::test

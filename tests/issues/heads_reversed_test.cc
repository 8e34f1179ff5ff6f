// Outputs listed from the last head to the first made the deepest head the first exit: the shallowest answered last, and
// nothing was saved. The order of exits is by what each needs.
#include "tests/issues/small_model.h"

namespace vitrt::convert::test {
namespace {

struct Deep : SmallModel {
  ValueId Block(ValueId x) { return Unary(plan::UnaryFn::Tanh, Linear(x, 8)); }
};

void Check(SmallModel model, const std::vector<std::string>& expected, const ExitRequest& request = {}) {
  RunningModel m(std::move(model), 2, request);
  std::vector<std::string> names;
  for (const ExitInfo& exit : m.engine->info().exits) names.push_back(exit.name);
  CHECK(names == expected);
  if (request.names.empty()) {
    for (size_t k = 1; k < names.size(); ++k)
      CHECK(m.engine->info().exits[k].flops > m.engine->info().exits[k - 1].flops);
  }
  RunOptions all;
  all.all_exits = true;
  CHECK(m.Run(all)[0].exit == static_cast<int>(names.size()) - 1);
  m.CheckOutputs();
}

TEST_CASE("heads listed from the last to the first") {
  Deep m;
  const ValueId one = m.Block(m.features), early = m.Linear(one, 5);
  const ValueId two = m.Block(one), mid = m.Linear(two, 5), final = m.Linear(m.Block(two), 5);
  m.Out("final", final);
  m.Out("mid", mid);
  m.Out("early", early);
  Check(std::move(m), {"early", "mid", "final"});
}

TEST_CASE("heads computed from the last to the first, each with a norm of its own") {
  Deep m;
  std::vector<ValueId> blocks = {m.features};
  while (blocks.size() < 4) blocks.push_back(m.Block(blocks.back()));
  for (size_t i : {3, 2, 1}) {
    const ValueId normed = m.Add(ops::LayerNorm(1e-5f), {blocks[i], m.Weight({8}), m.Weight({8})});
    m.Out(i == 1 ? "early" : i == 2 ? "mid" : "final", m.Softmax(m.Linear(normed, 5)));
  }
  Check(std::move(m), {"early", "mid", "final"});
}

TEST_CASE("a head that is made of the others comes last, listed and computed where it is") {
  Deep m;
  const ValueId one = m.Linear(m.Block(m.features), 5), two = m.Linear(m.Block(m.Block(m.features)), 5);
  m.Out("both", m.Binary(plan::BinaryFn::Add, one, two));
  m.Out("two", two);
  m.Out("one", one);
  Check(std::move(m), {"one", "two", "both"});
}

TEST_CASE("the user's order holds where it is given") {
  Deep m;
  const ValueId one = m.Block(m.features);
  m.Out("early", m.Linear(one, 5));
  m.Out("late", m.Linear(m.Block(one), 5));
  Check(std::move(m), {"late", "early"}, {{"late", "early"}, {}});
}

}  // namespace
}  // namespace vitrt::convert::test

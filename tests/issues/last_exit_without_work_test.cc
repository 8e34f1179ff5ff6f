// "segment 0 does not keep storage N": an exit whose value is there before its segment begins had no place in `live`.
// Copies of a head, a head that is cut in two, and averages of heads are such exits; a segment may have no steps.
#include "tests/issues/small_model.h"

namespace vitrt::convert::test {
namespace {

// Every image's outputs in a batch of seven, all exits; and the same predictions when images leave where they like.
void Check(SmallModel model, size_t exits) {
  RunningModel m(std::move(model), 7);
  REQUIRE(m.engine->info().exits.size() == exits);
  RunOptions all;
  all.all_exits = true;
  m.Run(all);
  m.CheckOutputs();
  RunOptions mixed;
  mixed.thresholds.assign(exits, 0.5f);
  const auto predictions = m.Run(mixed);
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Prediction& p = predictions[i];
    REQUIRE(p.exit >= 0);
    const Tensor& expected = m.Reference(i, m.engine->info().exits[static_cast<size_t>(p.exit)].name);
    for (size_t k = 0; k < p.logits.size(); ++k)
      CHECK(p.logits[k] == doctest::Approx(expected.f32()[k]).epsilon(1e-4).scale(1));
  }
}

TEST_CASE("an exit may be a copy of an earlier one") {
  SmallModel m;
  const ValueId y = m.Logits();
  m.Out("logits", y);
  m.Out("copy", y);
  Check(std::move(m), 2);
}

TEST_CASE("an exit may be a part of what an earlier one computed") {
  SmallModel m;
  const ValueId whole = m.Logits(10);
  m.Out("h1", m.Slice(whole, {0, 0}, {1, 5}));
  m.Out("h2", m.Slice(whole, {0, 5}, {1, 5}));
  Check(std::move(m), 2);
}

TEST_CASE("an exit may be the average of earlier ones, the last one or one between") {
  SmallModel m;
  const ValueId a = m.Logits(), b = m.Linear(m.Unary(plan::UnaryFn::Tanh, m.Linear(m.features, 8)), 5);
  m.Out("average", m.Binary(plan::BinaryFn::Mul, m.Binary(plan::BinaryFn::Add, a, b), m.Scalar(0.5f)));
  m.Out("class", a);
  m.Out("distilled", b);
  Check(std::move(m), 3);
}

TEST_CASE("an exit without work may stand before one with work") {
  SmallModel m;
  const ValueId y = m.Logits();
  m.Out("logits", y);
  m.Out("copy", m.Reshape(y, {1, 5, 1, 1}));
  m.Out("deep", m.Linear(m.Unary(plan::UnaryFn::Tanh, m.Linear(m.features, 8)), 5));
  m.Out("features", m.Reshape(m.features, {1, 2, 4}));
  Check(std::move(m), 3);
}

}  // namespace
}  // namespace vitrt::convert::test

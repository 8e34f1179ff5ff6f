// A model that ends in softmax had softmax applied again, which made 94.7 % into 38.9 %; its logits beside it were
// another exit.
#include <algorithm>

#include "tests/issues/small_model.h"

namespace vitrt::convert::test {
namespace {

// The one exit answers with `probs`, an output of the model or what it would be.
void Check(SmallModel model, const char* exit, const char* probs) {
  RunningModel m(std::move(model), 3);
  REQUIRE(m.engine->info().exits.size() == 1);
  CHECK(m.engine->info().exits[0].name == exit);
  const auto predictions = m.Run();
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Prediction& p = predictions[i];
    const Tensor& expected = m.Reference(i, probs);
    const auto* largest = std::max_element(expected.f32(), expected.f32() + expected.size());
    CHECK(p.label == largest - expected.f32());
    CHECK(p.probability == doctest::Approx(*largest).epsilon(1e-5));
    CHECK(p.confidence == p.probability);
    for (size_t k = 0; k < p.probabilities.size(); ++k)
      CHECK(p.probabilities[k] == doctest::Approx(expected.f32()[k]).epsilon(1e-4).scale(1));
  }
  m.CheckOutputs();
}

TEST_CASE("softmax at the end is not applied again") {
  SmallModel m;
  m.Out("probs", m.Softmax(m.Logits()));
  Check(std::move(m), "probs", "probs");
}

TEST_CASE("softmax at the end behind other shapes, and of an average") {
  SmallModel shaped;
  shaped.Out("probs", shaped.Reshape(shaped.Softmax(shaped.Logits()), {1, 5, 1, 1}));
  Check(std::move(shaped), "probs", "probs");
  SmallModel average;
  const ValueId sum =
      average.Binary(plan::BinaryFn::Add, average.Softmax(average.Logits()), average.Softmax(average.Logits()));
  average.Out("probs", average.Binary(plan::BinaryFn::Div, sum, average.Scalar(2)));
  Check(std::move(average), "probs", "probs");
}

TEST_CASE("logits beside their softmax are one exit, and its probabilities are those") {
  SmallModel m;
  const ValueId y = m.Logits();
  m.Out("probs", m.Softmax(y));
  m.Out("logits", y);
  Check(std::move(m), "logits", "probs");
}

TEST_CASE("with a temperature the probabilities are those of the model") {
  SmallModel m;
  const ValueId y = m.Logits();
  m.Out("logits", y);
  m.Out("probs", m.Softmax(m.Binary(plan::BinaryFn::Div, y, m.Scalar(3))));
  Check(std::move(m), "probs", "probs");
}

TEST_CASE("log-softmax at the end gives the probabilities back") {
  SmallModel m;
  const ValueId y = m.Logits();
  m.Out("log", m.Softmax(y, true));
  m.Out("probs", m.Softmax(y));
  Check(std::move(m), "log", "probs");
}

TEST_CASE("each exit has a meaning of its own, and thresholds mean probabilities at both") {
  SmallModel model;
  const ValueId deep = model.Unary(plan::UnaryFn::Tanh, model.Linear(model.features, 8));
  const ValueId deep_logits = model.Linear(deep, 5);
  model.Out("early", model.Softmax(model.Logits()));
  model.Out("late", deep_logits);
  RunningModel m(std::move(model), 5);
  REQUIRE(m.engine->info().exits.size() == 2);
  CHECK(m.engine->info().exits[0].meaning == ExitMeaning::kProbabilities);
  CHECK(m.engine->info().exits[1].meaning == ExitMeaning::kLogits);
  RunOptions options;
  options.thresholds = {0.45f};
  const auto predictions = m.Run(options);
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Prediction& p = predictions[i];
    const Tensor& early = m.Reference(i, "early");
    const float largest = *std::max_element(early.f32(), early.f32() + 5);
    if (std::abs(largest - 0.45f) > 1e-4f) CHECK(p.exit == (largest >= 0.45f ? 0 : 1));
  }
}

}  // namespace
}  // namespace vitrt::convert::test

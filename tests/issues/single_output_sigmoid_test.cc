// A model with one output, a sigmoid, predicted class 0 with 100 % for every image: the softmax of one number.
#include <cmath>

#include "tests/issues/small_model.h"

namespace vitrt::convert::test {
namespace {

// Two classes, negative and positive, with the probability s of the second.
void Check(SmallModel model, const ExitRequest& request, const std::function<double(double)>& s) {
  RunningModel m(std::move(model), 6, request);
  REQUIRE(m.engine->info().exits.size() == 1);
  CHECK(m.engine->info().exits[0].classes == 2);
  const auto predictions = m.Run();
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Prediction& p = predictions[i];
    const double positive = s(m.Reference(i, "y").f32()[0]);
    REQUIRE(p.probabilities.size() == 2);
    CHECK(p.probabilities[1] == doctest::Approx(positive).epsilon(1e-5));
    CHECK(p.label == (positive > 0.5 ? 1 : 0));
    CHECK(p.probability == doctest::Approx(std::max(positive, 1 - positive)).epsilon(1e-5));
  }
  m.CheckOutputs();
}

double Itself(double x) { return x; }
double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST_CASE("one sigmoid is two classes, negative and positive") {
  SmallModel m;
  m.Out("y", m.Unary(plan::UnaryFn::Sigmoid, m.Logits(1)));
  Check(std::move(m), {}, Itself);
}

TEST_CASE("one number is two classes where two labels or its name say so") {
  for (const ExitRequest& request : {ExitRequest{{}, {2}}, ExitRequest{{"y"}, {}}}) {
    SmallModel m;
    m.Out("y", m.Logits(1));
    Check(std::move(m), request, Sigmoid);
  }
}

TEST_CASE("one number beside its sigmoid is one exit") {
  SmallModel m;
  const ValueId y = m.Logits(1);
  m.Out("p", m.Unary(plan::UnaryFn::Sigmoid, y));
  m.Out("y", y);
  Check(std::move(m), {}, Sigmoid);
}

TEST_CASE("one sigmoid in a shape of four axes, and the mean of two") {
  SmallModel shaped;
  shaped.Out("y", shaped.Reshape(shaped.Unary(plan::UnaryFn::Sigmoid, shaped.Logits(1)), {1, 1, 1, 1}));
  Check(std::move(shaped), {}, Itself);
  SmallModel mean;
  const ValueId sum = mean.Binary(plan::BinaryFn::Add, mean.Unary(plan::UnaryFn::Sigmoid, mean.Logits(1)),
                                  mean.Unary(plan::UnaryFn::Sigmoid, mean.Logits(1)));
  mean.Out("y", mean.Binary(plan::BinaryFn::Mul, sum, mean.Scalar(0.5f)));
  Check(std::move(mean), {}, Itself);
}

TEST_CASE("one number that nothing explains, and several sigmoids, give no class") {
  SmallModel number;
  number.Out("y", number.Logits(1));
  RunningModel one(std::move(number), 1);
  CHECK(one.engine->info().exits.empty());
  CHECK(one.Run()[0].label == -1);
  SmallModel several;
  several.Out("y", several.Unary(plan::UnaryFn::Sigmoid, several.Logits()));
  RunningModel many(std::move(several), 1);
  CHECK(many.engine->info().exits.empty());
  CHECK(many.Run()[0].label == -1);
}

}  // namespace
}  // namespace vitrt::convert::test

// --verify called a plan right whose numbers stood where the model has NaN, and measured every error of an output against
// an infinity in it.
#include <doctest/doctest.h>

#include <limits>

#include "converters/verify.h"
#include "tests/issues/small_model.h"

namespace vitrt::convert::test {
namespace {

TEST_CASE("numbers are no right answer where the model has NaN, and an infinity hides no error") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();
  SmallModel model;
  model.Out("logits", model.Add(ops::Softmax(1), {model.Logits(3)}));
  auto reference = MakeReference(model.graph);
  REQUIRE(reference.ok());
  auto choice = ChooseExits(model.graph, {});
  REQUIRE(choice.ok());
  PlanOptions options;
  options.exits = *choice;
  REQUIRE(RunPasses(&model.graph, {}).ok());
  options.exits.Rebind(model.graph);
  OrderBySegments(&model.graph, &options.exits);
  const auto bytes = BuildPlan(model.graph, options);
  REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
  const std::string path = vitrt::test::TemporaryPath("verify_nan.plan");
  REQUIRE(plan::WritePlanFile(bytes->tables, bytes->weights, "test", path).ok());

  const std::vector<double> right = ToF64Vector(reference->outputs[0]);
  const struct {
    std::vector<double> expected;
    bool accepted;
  } cases[] = {{right, true},
               {{kNaN, right[1], right[2]}, false},
               {{right[0], kInfinity, right[2]}, false},
               {{right[0], right[1], right[2] + 0.5}, false}};
  for (const auto& c : cases) {
    CAPTURE(c.expected);
    reference->outputs[0] = FromF64Vector(reference->outputs[0].type(), c.expected);
    const auto errors = VerifyPlan(path, *reference, 1);
    REQUIRE_MESSAGE(errors.ok(), errors.status().ToString());
    REQUIRE(errors->size() == 1);
    CHECK(((*errors)[0].error <= kVerifyTolerance) == c.accepted);
  }
}

}  // namespace
}  // namespace vitrt::convert::test

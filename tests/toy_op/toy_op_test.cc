// An op that was added as runtime/ops/README.md says is checked in a plan, overwrites its input, runs, and agrees with
// the oracle. What else the page promises, that a forgotten step does not build, is the ctest toy_op_forgotten.
#include <doctest/doctest.h>

#include "converters/graph/graph.h"
#include "runtime/plan/op_types.h"
#include "runtime/plan/validate.h"
#include "tests/ops/one_step.h"

namespace vitrt::test {
namespace {

TestPlan PlanOf(const std::vector<int64_t>& y_dims, bool in_place) {
  TestPlan p;
  const int image = p.Activation({1, 2, 3, 4});
  p.tables.input = static_cast<uint32_t>(image);
  plan::UnaryT relu;
  relu.act = std::make_unique<plan::Activation>(plan::UnaryFn::Relu, 0, 0);
  const int x = p.Step(std::move(relu), {image}, p.Activation({1, 2, 3, 4}));
  plan::ToyT toy;
  toy.factor = 2.5f;
  const int y = p.Step(toy, {x}, in_place ? p.View(x, y_dims) : p.Activation(y_dims));
  p.EndSegment("", -1, 0, {});
  p.Output("y", y);
  return p;
}

Status Validate(const TestPlan& p) { return plan::ValidatePlan(*p.Finish().plan(), p.weights.size()); }

TEST_CASE("a plan with the op is valid, also in place, and its type rule holds") {
  for (const bool in_place : {false, true}) {
    const Status status = Validate(PlanOf({1, 2, 3, 4}, in_place));
    CHECK_MESSAGE(status.ok(), status.ToString());
  }
  CHECK(Validate(PlanOf({1, 2, 3, 2}, false)).ToString().find("not [1, 2, 3, 4]") != std::string::npos);
}

TEST_CASE("its implementation agrees with the oracle") {
  const OpCase c{"Toy", 0, [](TestPlan& p) {
                   plan::ToyT op;
                   op.factor = 2.5f;
                   p.Step(op, {p.Activation({1, 2, 3, 4})}, p.Activation({1, 2, 3, 4}));
                 }};
  const OneStep step(c, 0);
  const auto op = ops::ImplementationsOf(plan::Op::Toy).back().bind(step.Context(Isa::kSse41));
  REQUIRE(op.ok());
  convert::MutableTensor x(plan::DType::F32, {1, 2, 3, 4});
  const auto bytes = step.InputImage(0, 0);
  std::copy(bytes.begin(), bytes.end(), x.bytes());
  const auto y = convert::EvaluateNode(step.tables().op, {std::move(x).Freeze()}, {{plan::DType::F32, {1, 2, 3, 4}}});
  REQUIRE(y.ok());
  CHECK(step.Run(**op, 1, 1) == *(*y)[0].bytes);
}

}  // namespace
}  // namespace vitrt::test

// The rules of a Conv2d with weights for Winograd's algorithm: each damage of a sound plan is refused with its reason.
#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "runtime/plan/validate.h"
#include "tests/plan/test_plan.h"

using namespace vitrt;
using plan::PlanT;

namespace {

constexpr int64_t kCin = 5, kCout = 18, kPlaces = 16;

// 3x3 over [1, 6, 7, kCin] with tiles of 2.
test::TestPlan SoundPlan() {
  test::TestPlan p;
  const int input = p.Activation({1, 6, 7, kCin});
  p.tables.input = static_cast<uint32_t>(input);
  p.tables.input_channels_last = true;
  const int weight = p.Panels({3, 3, kCin, kCout}, std::vector<float>(9 * kCin * kCout));
  const int winograd = p.Panels({kCin, kPlaces * kCout}, std::vector<float>(kCin * kPlaces * kCout), kPlaces);
  plan::Conv2dT op;
  op.kernel = {3, 3}, op.strides = {1, 1}, op.dilations = {1, 1}, op.pads = {1, 1, 1, 1};
  op.winograd = 2, op.winograd_error = 0.125f;
  p.Step(op, {input, weight, -1, -1, -1, winograd}, p.Activation({1, 6, 7, kCout}), "layer");
  p.Output("y", p.tables.steps[0]->outputs[0]);
  p.EndSegment("", -1, 0, {});
  p.DeclareFeatures();
  return p;
}

plan::Conv2dT& Op(PlanT& p) { return *p.steps[0]->op.AsConv2d(); }
plan::ValueT& Input(PlanT& p, int i) {
  return *p.values[static_cast<size_t>(p.steps[0]->inputs[static_cast<size_t>(i)])];
}
plan::ValueT& Output(PlanT& p) { return *p.values[static_cast<size_t>(p.steps[0]->outputs[0])]; }

Status Validate(const test::TestPlan& p) {
  const test::Tables tables = p.Finish();
  return plan::ValidatePlan(*tables.plan(), p.weights.size());
}

}  // namespace

TEST_SUITE("runtime/plan/validate winograd") {
  TEST_CASE("sound weights for Winograd's algorithm are accepted, where they are declared") {
    test::TestPlan p = SoundPlan();
    CHECK_MESSAGE(Validate(p).ok(), Validate(p).ToString());
    REQUIRE(p.tables.required_features.size() == 1);
    CHECK(p.tables.required_features[0]->id == plan::Feature::Winograd);
    p.tables.required_features.clear();
    CHECK(Validate(p).code() == StatusCode::kBadPlan);
  }

  TEST_CASE("each damage of them is refused") {
    const struct {
      const char* title;
      const char* message;  // part of the error
      std::function<void(PlanT&)> damage;
    } cases[] = {
        {"a tile of 3", "neither 2 nor 4", [](PlanT& p) { Op(p).winograd = 3; }},
        {"a tile of 255", "neither 2 nor 4", [](PlanT& p) { Op(p).winograd = 255; }},
        {"a tile of another size than the weight's", "weight", [](PlanT& p) { Op(p).winograd = 4; }},
        {"no tile, but a weight", "together", [](PlanT& p) { Op(p).winograd = 0; }},
        {"a tile, but no weight", "together", [](PlanT& p) { p.steps[0]->inputs.resize(5); }},
        {"a tile, but an absent weight", "together", [](PlanT& p) { p.steps[0]->inputs[5] = -1; }},
        {"an input too many", "number of inputs", [](PlanT& p) { p.steps[0]->inputs.push_back(-1); }},
        {"an error that is NaN", "no distance",
         [](PlanT& p) { Op(p).winograd_error = std::numeric_limits<float>::quiet_NaN(); }},
        {"an error that is infinite", "no distance",
         [](PlanT& p) { Op(p).winograd_error = std::numeric_limits<float>::infinity(); }},
        {"a negative error", "no distance", [](PlanT& p) { Op(p).winograd_error = -1; }},
        {"a stride of 2", "strides and dilations of 1",
         [](PlanT& p) {
           Op(p).strides = {1, 2};
           Output(p).dims[2] = 4;
         }},
        {"a dilation of 2", "strides and dilations of 1",
         [](PlanT& p) {
           Op(p).dilations = {2, 1};
           Output(p).dims[1] = 4;
         }},
        {"another kernel", "dense 3x3",
         [](PlanT& p) {
           Op(p).kernel = {1, 3};
           Op(p).pads = {0, 1, 0, 1};
           Input(p, 1).dims[0] = 1;
         }},
        {"groups", "dense 3x3",
         [](PlanT& p) {
           Op(p).groups = 5;
           for (int i : {1, 5}) Input(p, i).dims[i == 1 ? 2 : 0] = 1;
           Input(p, 1).dims[3] = Output(p).dims[3] = 5;
         }},
        {"a weight for fewer channels", "weight", [](PlanT& p) { Input(p, 5).dims[0] = kCin - 1; }},
        {"a weight for fewer outputs", "weight", [](PlanT& p) { Input(p, 5).dims[1] = kPlaces * (kCout - 1); }},
        {"a weight with more columns than there is room for", "does not fit",
         [](PlanT& p) { Input(p, 5).dims[1] = kPlaces * 33; }},
        {"a weight that is no matrix", "not a matrix",
         [](PlanT& p) {
           Input(p, 5).dims = {kCin, kPlaces, kCout};
         }},
        {"a weight that is not in panels", "not in panels",
         [](PlanT& p) { Input(p, 5).encoding = plan::Encoding::Plain; }},
        {"a weight of integers", "constant of F32", [](PlanT& p) { Input(p, 5).dtype = plan::DType::I32; }},
        {"a weight that is computed", "not a matrix", [](PlanT& p) { p.steps[0]->inputs[5] = p.steps[0]->inputs[0]; }},
        {"a weight that is not aligned", "aligned", [](PlanT& p) { p.storages[Input(p, 5).storage]->offset += 4; }},
        {"a weight whose last panels are outside its storage", "panels of the weight do not fit",
         [](PlanT& p) { p.storages[Input(p, 5).storage]->bytes -= 4; }},
    };
    for (const auto& c : cases) {
      INFO(std::string(c.title));
      test::TestPlan p = SoundPlan();
      c.damage(p.tables);
      const Status status = Validate(p);
      CHECK(status.code() == StatusCode::kBadPlan);
      CHECK_MESSAGE(status.ToString().find(c.message) != std::string::npos, status.ToString());
    }
  }
}

// The rules of LinearI8 and ConvI8: each damage of a sound plan is refused with its reason.
#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "runtime/plan/validate.h"
#include "tests/plan/test_plan.h"

using namespace vitrt;
using plan::DType;
using plan::PlanT;

namespace {

constexpr int64_t kRows = 4, kK = 20, kN = 18, kGroups = 5, kPanels = 2, kBlocks = 2;

test::TestPlan SoundPlan() {
  test::TestPlan p;
  const int input = p.Activation({1, 1, kRows, kK});
  p.tables.input = static_cast<uint32_t>(input);
  const std::vector<int32_t> weight(kPanels * kGroups * 16), sums(kN), runs(kPanels * kBlocks, 4);
  const int w = p.RawConstant({kGroups, kN}, DType::I32, weight.data(), weight.size() * 4, plan::Encoding::Panels16);
  const int scale = p.Constant({kN}, std::vector<float>(kN, 0.5f));
  const int column_sums = p.RawConstant({kN}, DType::I32, sums.data(), sums.size() * 4);
  const int run = p.RawConstant({kPanels, kBlocks}, DType::I32, runs.data(), runs.size() * 4);
  p.Step(plan::LinearI8T(), {input, w, -1, -1, -1, scale, column_sums, run}, p.Activation({1, 1, kRows, kN}), "layer");
  p.Output("y", p.tables.steps[0]->outputs[0]);
  p.EndSegment("", -1, 0, {});
  p.DeclareFeatures();
  return p;
}

// 3x3 over [1, 6, 5, 10], two groups of 5 to 9 channels.
test::TestPlan SoundConvolution() {
  test::TestPlan p;
  const int input = p.Activation({1, 6, 5, 10});
  p.tables.input = static_cast<uint32_t>(input);
  p.tables.input_channels_last = true;
  const std::vector<int32_t> weight(2 * 9 * 2 * 16), sums(18), runs(2 * 9, 4);
  const int w = p.RawConstant({3, 3, 2, 18}, DType::I32, weight.data(), weight.size() * 4, plan::Encoding::Panels16);
  const int scale = p.Constant({18}, std::vector<float>(18, 0.5f));
  const int column_sums = p.RawConstant({18}, DType::I32, sums.data(), sums.size() * 4);
  const int run = p.RawConstant({2, 9}, DType::I32, runs.data(), runs.size() * 4);
  plan::ConvI8T op;
  op.kernel = {3, 3}, op.strides = {1, 1}, op.dilations = {1, 1}, op.pads = {1, 1, 1, 1};
  op.groups = 2;
  p.Step(op, {input, w, -1, -1, -1, scale, column_sums, run}, p.Activation({1, 6, 5, 18}), "layer");
  p.Output("y", p.tables.steps[0]->outputs[0]);
  p.EndSegment("", -1, 0, {});
  p.DeclareFeatures();
  return p;
}

plan::ValueT& Input(PlanT& p, int i) {
  return *p.values[static_cast<size_t>(p.steps[0]->inputs[static_cast<size_t>(i)])];
}

plan::LinearI8T& Linear(PlanT& p) { return *p.steps[0]->op.AsLinearI8(); }

void Given(PlanT& p, float scale, int32_t zero) {
  Linear(p).range = plan::InputRange::Given;
  Linear(p).input_scale = scale;
  Linear(p).input_zero = zero;
}

Status Validate(const test::TestPlan& p) {
  const test::Tables tables = p.Finish();
  return plan::ValidatePlan(*tables.plan(), p.weights.size());
}

}  // namespace

TEST_SUITE("runtime/plan/validate int8") {
  TEST_CASE("a sound layer on 8-bit integers is accepted") {
    const Status status = Validate(SoundPlan());
    CHECK_MESSAGE(status.ok(), status.ToString());
  }

  TEST_CASE("each damage of one is refused") {
    const struct {
      const char* title;
      std::function<void(PlanT&)> damage;
    } cases[] = {
        {"a weight that is not in panels", [](PlanT& p) { Input(p, 1).encoding = plan::Encoding::Plain; }},
        {"a weight of floats", [](PlanT& p) { Input(p, 1).dtype = DType::F32; }},
        {"a weight of fewer groups", [](PlanT& p) { Input(p, 1).dims[0] = kGroups - 1; }},
        {"a weight of more columns than there is room for", [](PlanT& p) { Input(p, 1).dims[1] = 33; }},
        {"no scale", [](PlanT& p) { p.steps[0]->inputs[5] = -1; }},
        {"no column sums", [](PlanT& p) { p.steps[0]->inputs[6] = -1; }},
        {"no runs", [](PlanT& p) { p.steps[0]->inputs.pop_back(); }},
        {"a scale for fewer columns", [](PlanT& p) { Input(p, 5).dims[0] = kN - 1; }},
        {"a scale of integers", [](PlanT& p) { Input(p, 5).dtype = DType::I32; }},
        {"column sums for fewer columns", [](PlanT& p) { Input(p, 6).dims[0] = kN - 1; }},
        {"column sums of floats", [](PlanT& p) { Input(p, 6).dtype = DType::F32; }},
        {"runs of fewer panels", [](PlanT& p) { Input(p, 7).dims[0] = kPanels - 1; }},
        {"runs of fewer blocks", [](PlanT& p) { Input(p, 7).dims[1] = kBlocks - 1; }},
        {"runs of floats", [](PlanT& p) { Input(p, 7).dtype = DType::F32; }},
        {"a scale that is computed", [](PlanT& p) { p.steps[0]->inputs[5] = p.steps[0]->inputs[0]; }},
        {"an output of another size",
         [](PlanT& p) { p.values[static_cast<size_t>(p.steps[0]->outputs[0])]->dims[3] = 17; }},
        {"an unknown range of x", [](PlanT& p) { Linear(p).range = static_cast<plan::InputRange>(3); }},
        {"a given scale of 0", [](PlanT& p) { Given(p, 0, 0); }},
        {"a given scale that is infinite", [](PlanT& p) { Given(p, std::numeric_limits<float>::infinity(), 0); }},
        {"a given scale that is NaN", [](PlanT& p) { Given(p, std::numeric_limits<float>::quiet_NaN(), 0); }},
        {"a given zero below 0", [](PlanT& p) { Given(p, 1, -1); }},
        {"a given zero above 255", [](PlanT& p) { Given(p, 1, 256); }},
        {"a packed encoding of plain integers", [](PlanT& p) { Input(p, 6).encoding = plan::Encoding::Depthwise; }},
    };
    for (const auto& c : cases) {
      INFO(std::string(c.title));
      test::TestPlan p = SoundPlan();
      c.damage(p.tables);
      p.tables.required_features.clear();
      p.DeclareFeatures();
      CHECK(Validate(p).code() == StatusCode::kBadPlan);
    }
  }

  TEST_CASE("a given range and the image's are accepted where they are declared") {
    for (const plan::InputRange range : {plan::InputRange::Image, plan::InputRange::Given}) {
      test::TestPlan p = SoundPlan();
      Given(p.tables, 0.5f, 255);
      Linear(p.tables).range = range;
      CHECK(Validate(p).code() == StatusCode::kBadPlan);
      p.tables.required_features.clear();
      p.DeclareFeatures();
      CHECK_MESSAGE(Validate(p).ok(), Validate(p).ToString());
      test::TestPlan convolution = SoundConvolution();
      plan::ConvI8T& op = *convolution.tables.steps[0]->op.AsConvI8();
      op.range = range, op.input_scale = 0.5f, op.input_zero = 255;
      CHECK(Validate(convolution).code() == StatusCode::kBadPlan);
      convolution.tables.required_features.clear();
      convolution.DeclareFeatures();
      CHECK_MESSAGE(Validate(convolution).ok(), Validate(convolution).ToString());
    }
  }

  TEST_CASE("a sound convolution on 8-bit integers is accepted, and each damage of one is refused") {
    const Status sound = Validate(SoundConvolution());
    CHECK_MESSAGE(sound.ok(), sound.ToString());
    const auto op = [](PlanT& p) { return p.steps[0]->op.AsConvI8(); };
    const struct {
      const char* title;
      std::function<void(PlanT&)> damage;
    } cases[] = {
        {"a weight that is not in panels", [](PlanT& p) { Input(p, 1).encoding = plan::Encoding::Plain; }},
        {"a weight of floats", [](PlanT& p) { Input(p, 1).dtype = DType::F32; }},
        {"a weight of fewer taps", [](PlanT& p) { Input(p, 1).dims[0] = 2; }},
        {"a weight of fewer fours", [](PlanT& p) { Input(p, 1).dims[2] = 1; }},
        {"a weight of more columns than there is room for", [](PlanT& p) { Input(p, 1).dims[3] = 66; }},
        {"groups that do not divide the channels", [&](PlanT& p) { op(p)->groups = 3; }},
        {"no groups", [&](PlanT& p) { op(p)->groups = 0; }},
        {"a negative pad", [&](PlanT& p) { op(p)->pads[0] = -1; }},
        {"an unknown range of x", [&](PlanT& p) { op(p)->range = static_cast<plan::InputRange>(3); }},
        {"a stride of 0", [&](PlanT& p) { op(p)->strides[1] = 0; }},
        {"a pad that the output knows nothing of", [&](PlanT& p) { op(p)->pads[2] = 3; }},
        {"a kernel without a width", [&](PlanT& p) { op(p)->kernel.pop_back(); }},
        {"no scale", [](PlanT& p) { p.steps[0]->inputs[5] = -1; }},
        {"column sums for fewer columns", [](PlanT& p) { Input(p, 6).dims[0] = 17; }},
        {"runs of fewer panels", [](PlanT& p) { Input(p, 7).dims[0] = 1; }},
        {"runs of fewer taps", [](PlanT& p) { Input(p, 7).dims[1] = 8; }},
        {"an output of another size",
         [](PlanT& p) { p.values[static_cast<size_t>(p.steps[0]->outputs[0])]->dims[1] = 5; }},
    };
    for (const auto& c : cases) {
      INFO(std::string(c.title));
      test::TestPlan p = SoundConvolution();
      c.damage(p.tables);
      p.tables.required_features.clear();
      p.DeclareFeatures();
      CHECK(Validate(p).code() == StatusCode::kBadPlan);
    }
  }
}

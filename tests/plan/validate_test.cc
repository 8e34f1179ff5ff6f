#include "runtime/plan/validate.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "runtime/plan/byte_ranges.h"
#include "tests/plan/test_plan.h"

using namespace vitrt;
using plan::PlanT;

namespace {

Status Validate(const test::TestPlan& model) {
  const test::Tables tables = model.Finish();
  return plan::ValidatePlan(*tables.plan(), model.weights.size());
}

// Steps of TwoExitPlan, by name.
plan::StepT& StepOf(PlanT& p, const std::string& name) {
  for (auto& step : p.steps) {
    if (step->name == name) return *step;
  }
  FAIL("no step ", name);
  return *p.steps[0];
}
plan::ValueT& Output(PlanT& p, const std::string& step) { return *p.values[StepOf(p, step).outputs[0]]; }
plan::ValueT& Input(PlanT& p, const std::string& step, int i) { return *p.values[StepOf(p, step).inputs[i]]; }
plan::StorageT& StorageOf(PlanT& p, const plan::ValueT& value) { return *p.storages[value.storage]; }

struct Case {
  const char* title;
  const char* message;  // part of the error
  std::function<void(PlanT&)> damage;
};

constexpr int64_t kHuge = int64_t{1} << 62;

const Case kCases[] = {
    {"no values", "empty", [](PlanT& p) { p.values.clear(), p.steps.clear(), p.segments.clear(); }},
    {"an input that is no value", "input", [](PlanT& p) { p.input = 1000; }},
    {"a constant as input", "input", [](PlanT& p) { p.input = static_cast<uint32_t>(StepOf(p, "stem").inputs[1]); }},
    {"a value without storage", "no such storage", [](PlanT& p) { p.values[3]->storage = 999; }},
    {"a value beyond its storage", "does not fit", [](PlanT& p) { Output(p, "norm1").offset = 64; }},
    {"a value offset that overflows", "does not fit", [](PlanT& p) { Output(p, "norm1").offset = UINT64_MAX; }},
    {"a value that is not aligned to its dtype", "aligned",
     [](PlanT& p) { Input(p, "early", 2).offset = 2, Input(p, "early", 2).dims = {4}; }},
    {"an axis of size 0", "axis of size 0", [](PlanT& p) { Output(p, "norm1").dims[1] = 0; }},
    {"an axis of negative size", "axis of size -1", [](PlanT& p) { Output(p, "norm1").dims[1] = -1; }},
    {"dims whose product overflows", "overflow",
     [](PlanT& p) {
       Output(p, "norm1").dims = {kHuge, kHuge, kHuge};
     }},
    {"more elements than any value has", "2^31 elements", [](PlanT& p) { Output(p, "norm1").dims = {kHuge}; }},
    {"nine axes", "8 axes", [](PlanT& p) { Output(p, "norm1").dims = {1, 1, 1, 1, 1, 1, 1, 16, 24}; }},
    {"an unknown dtype", "dtype", [](PlanT& p) { Output(p, "norm1").dtype = static_cast<plan::DType>(77); }},
    {"an unknown encoding", "encoding",
     [](PlanT& p) { Output(p, "norm1").encoding = static_cast<plan::Encoding>(77); }},
    {"an encoded activation", "encoding", [](PlanT& p) { Output(p, "norm1").encoding = plan::Encoding::Panels16; }},
    {"an activation outside the arena", "arena",
     [](PlanT& p) { StorageOf(p, Output(p, "norm1")).offset = p.arena_bytes; }},
    {"a storage whose end overflows", "arena", [](PlanT& p) { StorageOf(p, Output(p, "norm1")).bytes = UINT64_MAX; }},
    {"a constant outside the weights", "weight section",
     [](PlanT& p) { StorageOf(p, Input(p, "stem", 1)).offset = 1 << 20; }},
    {"a storage that is not aligned", "aligned", [](PlanT& p) { StorageOf(p, Output(p, "norm1")).offset += 4; }},
    {"an impossible arena", "impossibly large", [](PlanT& p) { p.arena_bytes = UINT64_MAX; }},
    {"a step without op", "does not know", [](PlanT& p) { StepOf(p, "norm1").op.Reset(); }},
    {"a Reshape", "does not know", [](PlanT& p) { StepOf(p, "norm1").op.Set(plan::ReshapeT{}); }},
    {"too many inputs", "number of inputs", [](PlanT& p) { StepOf(p, "pool").inputs.push_back(0); }},
    {"too few inputs", "number of inputs", [](PlanT& p) { StepOf(p, "early").inputs.resize(1); }},
    {"an absent required input", "absent", [](PlanT& p) { StepOf(p, "early").inputs[1] = -1; }},
    {"an input out of range", "no value", [](PlanT& p) { StepOf(p, "early").inputs[0] = 4711; }},
    {"an input below -1", "no value", [](PlanT& p) { StepOf(p, "early").inputs[2] = -2; }},
    {"no output", "number of outputs", [](PlanT& p) { StepOf(p, "pool").outputs.clear(); }},
    {"an output out of range", "no value", [](PlanT& p) { StepOf(p, "pool").outputs[0] = -1; }},
    {"an output that is a constant", "constant",
     [](PlanT& p) { StepOf(p, "pool").outputs[0] = StepOf(p, "stem").inputs[2]; }},
    {"an op that reads a later value", "before it is written",
     [](PlanT& p) { StepOf(p, "norm1").inputs[0] = StepOf(p, "fc").outputs[0]; }},
    {"an op that reads its own output", "before it is written",
     [](PlanT& p) { StepOf(p, "norm1").inputs[0] = StepOf(p, "norm1").outputs[0]; }},
    {"an output of the wrong shape", "not [1, 16, 24]",
     [](PlanT& p) {
       Output(p, "norm1").dims = {16, 24};
     }},
    {"an output of the wrong dtype", "not F32", [](PlanT& p) { Output(p, "norm1").dtype = plan::DType::I32; }},
    {"gamma of another size", "gamma", [](PlanT& p) { Input(p, "norm1", 1).dims = {12}; }},
    {"a negative epsilon", "epsilon", [](PlanT& p) { StepOf(p, "norm1").op.AsLayerNorm()->epsilon = -1; }},
    {"a plain GEMM weight", "panels", [](PlanT& p) { Input(p, "fc", 1).encoding = plan::Encoding::Plain; }},
    {"panels that do not fit", "do not fit", [](PlanT& p) { StorageOf(p, Input(p, "early", 1)).bytes = 24 * 5 * 4; }},
    {"a weight of another inner size", "[k, n]",
     [](PlanT& p) {
       Input(p, "early", 1).dims = {23, 5};
     }},
    {"a row bias that does not divide the rows", "period",
     [](PlanT& p) {
       Input(p, "fc", 3).dims = {15, 24};
     }},
    {"a residual of another width", "residual",
     [](PlanT& p) { StepOf(p, "proj").inputs[4] = StepOf(p, "qkv").outputs[0]; }},
    {"an epilogue that no kernel has", "epilogue",
     [](PlanT& p) {
       StepOf(p, "fc").op.AsLinear()->act = std::make_unique<plan::Activation>(plan::UnaryFn::Erf, 0, 0);
     }},
    {"an unknown activation", "epilogue",
     [](PlanT& p) {
       StepOf(p, "fc").op.AsLinear()->act = std::make_unique<plan::Activation>(static_cast<plan::UnaryFn>(99), 0, 0);
     }},
    {"a NaN activation parameter", "NaN",
     [](PlanT& p) {
       StepOf(p, "fc").op.AsLinear()->act = std::make_unique<plan::Activation>(plan::UnaryFn::Clip, 0, NAN);
     }},
    {"a channels-first convolution", "channels-last",
     [](PlanT& p) { StepOf(p, "stem").op.AsConv2d()->channels_last = false; }},
    {"a stride of 0", "strides",
     [](PlanT& p) {
       StepOf(p, "stem").op.AsConv2d()->strides = {0, 2};
     }},
    {"a negative pad", "pad", [](PlanT& p) { StepOf(p, "stem").op.AsConv2d()->pads[0] = -1; }},
    {"a huge dilation", "dilations",
     [](PlanT& p) {
       StepOf(p, "stem").op.AsConv2d()->dilations = {INT32_MAX, INT32_MAX};
     }},
    {"a kernel that is not 2-D", "kernel", [](PlanT& p) { StepOf(p, "stem").op.AsConv2d()->kernel = {3}; }},
    {"a kernel larger than the map", "larger than",
     [](PlanT& p) {
       StepOf(p, "stem").op.AsConv2d()->dilations = {9, 9};
     }},
    {"groups of 0", "groups", [](PlanT& p) { StepOf(p, "stem").op.AsConv2d()->groups = 0; }},
    {"groups that do not divide", "groups", [](PlanT& p) { StepOf(p, "stem").op.AsConv2d()->groups = 2; }},
    {"heads outside the columns", "heads of v",
     [](PlanT& p) { StepOf(p, "attention").op.AsAttention()->v_column = 49; }},
    {"a head stride that overflows", "heads of q",
     [](PlanT& p) { StepOf(p, "attention").op.AsAttention()->q_head_stride = INT32_MAX; }},
    {"a negative column", "heads of k", [](PlanT& p) { StepOf(p, "attention").op.AsAttention()->k_column = -1; }},
    {"no heads", "below 1", [](PlanT& p) { StepOf(p, "attention").op.AsAttention()->heads = 0; }},
    {"an axis that does not exist", "axis", [](PlanT& p) { StepOf(p, "pool").op.AsReduce()->axes = {3}; }},
    {"an unknown reduction", "function",
     [](PlanT& p) { StepOf(p, "pool").op.AsReduce()->fn = static_cast<plan::ReduceFn>(50); }},
    {"an output over an input that is still read", "overwrites",
     [](PlanT& p) {
       StepOf(p, "qkv").op.Set(plan::TransposeT{});
       StepOf(p, "qkv").op.AsTranspose()->perm = {0, 1, 2};
       StepOf(p, "qkv").inputs.resize(1);
       StepOf(p, "qkv").outputs = {StepOf(p, "qkv").inputs[0]};
     }},
    {"two storages in one place at one time", "overlap",
     [](PlanT& p) { StorageOf(p, Output(p, "norm1")).offset = StorageOf(p, Output(p, "stem")).offset; }},
    {"two storages that touch by one line", "overlap",
     [](PlanT& p) { StorageOf(p, Output(p, "fc")).offset = StorageOf(p, Output(p, "stem")).offset + 64; }},
    {"a live storage reused in a later segment", "overlap",
     [](PlanT& p) { StorageOf(p, Output(p, "attention")).offset = StorageOf(p, Output(p, "early")).offset; }},
    {"no segments", "segments", [](PlanT& p) { p.segments.clear(); }},
    {"a segment that skips a step", "follow", [](PlanT& p) { p.segments[1]->first_step += 1; }},
    {"a segment beyond the steps", "follow", [](PlanT& p) { p.segments[1]->step_count = UINT32_MAX; }},
    {"segments that end early", "cover", [](PlanT& p) { p.segments[1]->step_count -= 1; }},
    {"exits out of order", "end in exit", [](PlanT& p) { std::swap(p.segments[0]->exit, p.segments[1]->exit); }},
    {"an exit without segment", "end in exit", [](PlanT& p) { p.segments[0]->exit = -1; }},
    {"more exits than segments", "do not match",
     [](PlanT& p) { p.exits.push_back(std::make_unique<plan::ExitT>(*p.exits[0])); }},
    {"a live list that forgets a value", "does not keep", [](PlanT& p) { p.segments[0]->live.pop_back(); }},
    {"a live value that does not exist", "live value", [](PlanT& p) { p.segments[0]->live.push_back(-1); }},
    {"logits that are never written", "never written", [](PlanT& p) { p.exits[0]->value = 100000; }},
    {"another number of classes than logits", "classes", [](PlanT& p) { p.exits[0]->classes = 6; }},
    {"a NaN threshold", "NaN", [](PlanT& p) { p.exits[0]->threshold = NAN; }},
    {"an exit without name", "without a name", [](PlanT& p) { p.exits[0]->name.clear(); }},
    {"two exits of one name", "two exits", [](PlanT& p) { p.exits[0]->name = "final"; }},
    {"too few labels", "labels",
     [](PlanT& p) {
       p.labels = {"a", "b"};
     }},
    {"an unknown policy", "policy", [](PlanT& p) { p.policy = static_cast<plan::Policy>(9); }},
    {"a batch of 0", "max_batch", [](PlanT& p) { p.max_batch = 0; }},
    {"a huge batch", "max_batch", [](PlanT& p) { p.max_batch = UINT32_MAX; }},
};

const Case kRecipes[] = {
    {"a recipe of other channels", "channels", [](PlanT& p) { p.preprocess->channels = 1; }},
    {"a crop to another size", "crops", [](PlanT& p) { p.preprocess->crop_height = 7; }},
    {"a std of 0", "std",
     [](PlanT& p) {
       p.preprocess->std = {1, 0, 1};
     }},
    {"a mean without an entry per channel", "mean", [](PlanT& p) { p.preprocess->mean = {0}; }},
    {"an unknown interpolation", "interpolation",
     [](PlanT& p) { p.preprocess->interpolation = static_cast<plan::Interpolation>(9); }},
    {"a resize to nothing", "nothing", [](PlanT& p) { p.preprocess->resize_height = 0; }},
};

}  // namespace

TEST_SUITE("runtime/plan/validate") {
  TEST_CASE("accepts a sound plan") {
    const Status status = Validate(test::TwoExitPlan(0.5f));
    CHECK_MESSAGE(status.ok(), status.ToString());
  }

  TEST_CASE("refuses a hostile plan") {
    for (const Case& c : kCases) {
      INFO(std::string(c.title));
      test::TestPlan model = test::TwoExitPlan(0.5f);
      c.damage(model.tables);
      const Status status = Validate(model);
      CHECK(status.code() == StatusCode::kBadPlan);
      CHECK_MESSAGE(status.ToString().find(c.message) != std::string::npos, status.ToString());
    }
  }

  TEST_CASE("refuses a hostile recipe") {
    const auto with_recipe = [] {
      test::TestPlan model = test::TwoExitPlan(0.5f);
      model.tables.preprocess = std::make_unique<plan::PreprocessT>();
      model.tables.preprocess->rule = plan::ResizeRule::ShorterSide;
      model.tables.preprocess->resize_height = 9;
      model.tables.preprocess->crop_height = model.tables.preprocess->crop_width = 8;
      model.tables.preprocess->mean = model.tables.preprocess->std = {0.5f, 0.5f, 0.5f};
      return model;
    };
    const Status sound = Validate(with_recipe());
    CHECK_MESSAGE(sound.ok(), sound.ToString());
    for (const Case& c : kRecipes) {
      INFO(std::string(c.title));
      test::TestPlan model = with_recipe();
      c.damage(model.tables);
      const Status status = Validate(model);
      CHECK(status.code() == StatusCode::kBadPlan);
      CHECK_MESSAGE(status.ToString().find(c.message) != std::string::npos, status.ToString());
    }
  }

  TEST_CASE("names the step and what is wrong with it") {
    test::TestPlan model = test::TwoExitPlan(0.5f);
    StepOf(model.tables, "norm1").op.AsLayerNorm()->epsilon = std::numeric_limits<float>::infinity();
    CHECK(Validate(model).ToString() == "epsilon is negative or not finite (step 1 LayerNorm 'norm1')");
  }

  TEST_CASE("lets a linear layer replace its residual, and storages follow each other in one place") {
    test::TestPlan model = test::TwoExitPlan(0.5f);
    PlanT& p = model.tables;
    StepOf(p, "proj").outputs = {StepOf(p, "proj").inputs[4]};
    StepOf(p, "pool2").inputs = StepOf(p, "proj").outputs;
    StorageOf(p, Output(p, "attention")).offset = StorageOf(p, Output(p, "norm1")).offset;  // dead by then
    const Status status = Validate(model);
    CHECK_MESSAGE(status.ok(), status.ToString());
  }

  TEST_CASE("takes the parts of a concatenation as written, but not a gap between them") {
    for (const bool gap : {false, true}) {
      test::TestPlan model;
      const int image = model.Activation({1, 2, 2, 4});
      model.tables.input = static_cast<uint32_t>(image);
      const int whole = model.Activation({2, 16});
      plan::UnaryT relu;
      relu.act = std::make_unique<plan::Activation>(plan::UnaryFn::Relu, 0, 0);
      model.Step(relu, {image}, model.View(whole, {1, 2, 2, 4}, 0));
      if (!gap) model.Step(relu, {image}, model.View(whole, {1, 2, 2, 4}, 64));
      const int y = model.Step(relu, {whole}, model.Activation({2, 16}));
      model.EndSegment("exit", y, 1, {});
      const Status status = Validate(model);
      CHECK_MESSAGE(status.ok() == !gap, status.ToString());
    }
  }
}

TEST_SUITE("runtime/plan/byte_ranges") {
  TEST_CASE("merges ranges that touch or overlap") {
    plan::ByteRanges ranges;
    CHECK(!ranges.Contains(0, 1));
    ranges.Add(10, 20);
    ranges.Add(30, 40);
    CHECK(ranges.Contains(10, 20));
    CHECK(ranges.Contains(12, 15));
    CHECK(!ranges.Contains(9, 15));
    CHECK(!ranges.Contains(10, 40));
    ranges.Add(20, 30);
    CHECK(ranges.Contains(10, 40));
    ranges.Add(0, 100);
    CHECK(ranges.Contains(0, 100));
    CHECK(!ranges.Contains(0, 101));
    ranges.Add(50, 60);
    CHECK(ranges.Contains(0, 100));
  }
}

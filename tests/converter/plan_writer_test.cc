// Weight packing, plan form, tables of small graphs.
#include "converters/plan_writer.h"

#include "converters/exits/exits.h"
#include "converters/flops.h"
#include "converters/plan_form.h"
#include "converters/schedule/segments.h"
#include "converters/weight_packing.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

const float* Floats(const std::vector<std::byte>& bytes) { return reinterpret_cast<const float*>(bytes.data()); }

TEST_CASE("a matrix is stored in panels of 16 columns, the last one filled with zeros") {
  const Tensor weight = Random({3, 20}, 1);
  const auto bytes = Encode(weight, plan::Encoding::Panels16, 1);
  REQUIRE(bytes.size() == 2 * 3 * 16 * sizeof(float));
  for (int64_t k = 0; k < 3; ++k) {
    for (int64_t n = 0; n < 32; ++n) {
      CHECK(Floats(bytes)[(n / 16) * 3 * 16 + k * 16 + n % 16] == (n < 20 ? weight.f32()[k * 20 + n] : 0.0f));
    }
  }
}

TEST_CASE("a grouped convolution is one matrix per group") {
  const Tensor weight = Random({1, 2, 3, 10}, 1);  // [kh, kw, cin/groups, cout], two groups of five columns
  const auto bytes = Encode(weight, plan::Encoding::Panels16, 2);
  REQUIRE(bytes.size() == 2 * 6 * 16 * sizeof(float));
  for (int64_t g = 0; g < 2; ++g) {
    for (int64_t k = 0; k < 6; ++k) {
      for (int64_t n = 0; n < 16; ++n)
        CHECK(Floats(bytes)[(g * 6 + k) * 16 + n] == (n < 5 ? weight.f32()[k * 10 + g * 5 + n] : 0.0f));
    }
  }
}

// Two exits on a shared trunk, image input.
void TwoExits(Builder& b) {
  const ValueId x = b.Linear(b.Mean(b.input(), {1, 2}, false), 16);
  const ValueId early = b.Linear(x, 5), late = b.Linear(b.Unary(plan::UnaryFn::Tanh, x), 5);
  b.graph.outputs = {{"early", early}, {"late", late}};
  b.graph.input_channels_last = true;
}

TEST_CASE("tables: segments, exits, live values, shared storage, properties") {
  Builder b({1, 8, 8, 3});
  TwoExits(b);
  PlanOptions options;
  options.exits = *ChooseExits(b.graph, {});
  options.max_batch = 4;
  options.labels = {"a", "b", "c", "d", "e"};
  options.options = {{"batch", "4"}};
  OrderBySegments(&b.graph, &options.exits);
  const auto bytes = BuildPlan(b.graph, options);
  REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
  const plan::Plan& plan = *plan::GetPlan(bytes->tables.data());
  REQUIRE(plan.segments()->size() == 2);
  CHECK(plan.segments()->Get(0)->step_count() == 3);
  CHECK(plan.segments()->Get(1)->step_count() == 2);
  REQUIRE(plan.segments()->Get(0)->live()->size() == 1);
  CHECK(plan.exits()->Get(1)->name()->str() == "late");
  CHECK(plan.exits()->Get(0)->classes() == 5);
  CHECK(plan.max_batch() == 4);
  CHECK(plan.producer()->str() == Producer());
  CHECK(plan.labels()->size() == 5);
  CHECK(plan.input_channels_last());
  CHECK(plan.preprocess() == nullptr);
  // Tanh overwrites what only it reads from there on: both values have one storage.
  const auto* tanh = plan.steps()->Get(3);
  CHECK(plan.values()->Get(tanh->inputs()->Get(0))->storage() ==
        plan.values()->Get(tanh->outputs()->Get(0))->storage());
  CHECK(bytes->summary.segments[0].flops == 8 * 8 * 3 + 2 * 3 * 16 + 2 * 16 * 5);
}

TEST_CASE("equal constants are stored once") {
  Builder b({1, 8, 8, 4});
  const ValueId w = b.Weight({4, 4}), same = b.graph.AddConstant("same", b.graph.constant(w));
  const ValueId x = b.Mean(b.input(), {1, 2}, false);
  b.graph.outputs = {{"y", b.Add(plan::LinearT{}, {b.Add(plan::LinearT{}, {x, w}), same})}};
  PlanOptions options;
  options.exits = *ChooseExits(b.graph, {});
  OrderBySegments(&b.graph, &options.exits);
  const auto bytes = BuildPlan(b.graph, options);
  REQUIRE(bytes.ok());
  CHECK(bytes->weights.size() == 4 * 16 * sizeof(float));
}

TEST_CASE("everything that has no plan form is named") {
  Builder b({1, 3, 8, 8});
  plan::Pool2dT pool;
  pool.channels_last = false;
  pool.kernel = pool.strides = {8, 8};
  pool.dilations = {1, 1};
  pool.pads = {0, 0, 0, 0};
  const ValueId x = b.Reshape(b.Add(std::move(pool), {b.input()}), {1, 3});
  b.graph.outputs = {{"y", x}, {"constant", b.Weight({1, 3})}};
  const Status status = CheckPlanForm(b.graph);
  CHECK(status.code() == StatusCode::kUnsupported);
  CHECK(status.hint().find("Pool2d") != std::string::npos);
  CHECK(status.hint().find("'constant' does not depend on the input") != std::string::npos);
  Builder flat({1, 64});
  flat.graph.outputs = {{"y", flat.Linear(flat.input(), 3)}};
  CHECK(CheckPlanForm(flat.graph).code() == StatusCode::kUnsupported);
}

}  // namespace
}  // namespace vitrt::convert::test

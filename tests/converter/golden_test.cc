// The exports of tests/golden through every pass and the plan writer: the same outputs, and a plan without leftovers.
#include <algorithm>
#include <filesystem>

#include "converters/exits/exits.h"
#include "converters/onnx/import.h"
#include "converters/passes/pipeline.h"
#include "converters/plan_writer.h"
#include "converters/schedule/segments.h"
#include "tests/passes/equivalence.h"

namespace vitrt::convert::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> GoldenModels() {
  std::vector<std::string> models;
  for (const auto& entry : fs::directory_iterator(fs::path(VITRT_SOURCE_DIR) / "tests/golden")) {
    if (entry.path().extension() == ".onnx") models.push_back(entry.path().string());
  }
  std::sort(models.begin(), models.end());
  return models;
}

TEST_CASE("every golden model keeps its outputs through the passes and becomes a valid plan") {
  const auto models = GoldenModels();
  REQUIRE(models.size() >= 30);
  for (const std::string& model : models) {
    CAPTURE(model);
    auto graph = ImportOnnx(model);
    REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
    const Tensor x = Random(graph->value(graph->input).shape, 1);
    const auto before = EvaluateGraph(*graph, x);
    REQUIRE_MESSAGE(before.ok(), before.status().ToString());
    const auto reports = RunPasses(&*graph, {});
    REQUIRE_MESSAGE(reports.ok(), reports.status().ToString());
    const auto after = EvaluateGraph(*graph, InLayout(*graph, x));
    REQUIRE_MESSAGE(after.ok(), after.status().ToString());
    for (size_t i = 0; i < before->size(); ++i) CHECK(LargestError((*after)[i], (*before)[i]) < kTolerance);

    PlanOptions options;
    auto exits = ChooseExits(*graph, {});
    REQUIRE(exits.ok());
    options.exits = *exits;
    OrderBySegments(&*graph, &options.exits);
    const auto plan = BuildPlan(*graph, options);
    REQUIRE_MESSAGE(plan.ok(), plan.status().ToString() << "\n" << ToText(*graph));
    CHECK(plan->summary.arena_bytes > 0);
    if (fs::path(model).filename().string().rfind("vit_", 0) != 0) continue;
    // A plain ViT: convolution, LayerNorm, attention and linear layers are all that is left.
    CHECK_MESSAGE(Count(*graph, plan::Op::Attention) > 0, ToText(*graph));
    for (plan::Op op : {plan::Op::MatMul, plan::Op::Softmax, plan::Op::Transpose, plan::Op::Expand, plan::Op::Gather}) {
      CHECK_MESSAGE(Count(*graph, op) == 0, plan::EnumNameOp(op) << "\n" << ToText(*graph));
    }
    CHECK_MESSAGE(Count(*graph, plan::Op::Binary) <= 1, ToText(*graph));  // the mean of two heads
  }
}

// FLOPs that the plan of a golden model executes for one image.
double Flops(const std::string& name) {
  auto graph = ImportOnnx(VITRT_SOURCE_DIR "/tests/golden/" + name);
  REQUIRE_MESSAGE(graph.ok(), graph.status().ToString());
  REQUIRE(RunPasses(&*graph, {}).ok());
  PlanOptions options;
  options.exits = *ChooseExits(*graph, {});
  OrderBySegments(&*graph, &options.exits);
  const auto plan = BuildPlan(*graph, options);
  REQUIRE(plan.ok());
  double flops = 0;
  for (const auto& segment : plan->summary.segments) flops += static_cast<double>(segment.flops);
  return flops;
}

TEST_CASE("the position embeddings of MPVG cost nothing: they fold to a bias for each token") {
  for (const char* exporter : {"_ts17.onnx", "_dynamo18.onnx"}) {
    CAPTURE(exporter);
    const double plain = Flops(std::string("vit_gap") + exporter);
    CHECK(Flops(std::string("mpvg") + exporter) <= 1.03 * plain);
    CHECK(Flops(std::string("pvg") + exporter) <= 1.03 * plain);
  }
}

TEST_CASE("the same model gives the same bytes") {
  const std::string model = GoldenModels().front();
  std::vector<PlanBytes> plans;
  for (int i = 0; i < 2; ++i) {
    auto graph = ImportOnnx(model);
    REQUIRE(graph.ok());
    REQUIRE(RunPasses(&*graph, {}).ok());
    PlanOptions options;
    options.exits = *ChooseExits(*graph, {});
    OrderBySegments(&*graph, &options.exits);
    auto plan = BuildPlan(*graph, options);
    REQUIRE(plan.ok());
    plans.push_back(std::move(*plan));
  }
  CHECK(plans[0].tables == plans[1].tables);
  CHECK(plans[0].weights == plans[1].weights);
}

}  // namespace
}  // namespace vitrt::convert::test

// Converts a graph and runs it: what the tests of exits and outputs share.
#pragma once

#include <doctest/doctest.h>

#include <optional>

#include "converters/exits/exits.h"
#include "converters/passes/pipeline.h"
#include "converters/plan_writer.h"
#include "converters/schedule/segments.h"
#include "runtime/plan/writer.h"
#include "tests/passes/equivalence.h"
#include "tests/plan/test_plan.h"
#include "vitrt/session.h"

namespace vitrt::convert::test {

// A model of one small image, [1, 3, 2, 2], and its features, [1, 8].
struct SmallModel : Builder {
  SmallModel() : Builder({1, 3, 2, 2}) { features = Unary(plan::UnaryFn::Tanh, Linear(Reshape(input(), {1, 12}), 8)); }
  ValueId Softmax(ValueId x, bool log = false) { return Add(ops::Softmax(1, log), {x}); }
  ValueId Logits(int64_t classes = 5) { return Linear(features, classes); }
  void Out(const char* name, ValueId v) { graph.outputs.push_back({name, v}); }

  ValueId features;
};

// A plan of the model, loaded, and the reference's outputs for `images` random images.
struct RunningModel {
  std::vector<std::string> names;              // of the model's outputs
  std::vector<std::vector<Tensor>> reference;  // [image][output]
  std::vector<float> images;
  std::optional<Engine> engine;
  std::optional<Session> session;

  RunningModel(SmallModel model, int count, const ExitRequest& request = {}) {
    Graph& graph = model.graph;
    for (const GraphOutput& output : graph.outputs) names.push_back(output.name);
    for (int i = 0; i < count; ++i) {
      const Tensor x = Random(graph.value(graph.input).shape, static_cast<uint32_t>(i) + 1);
      images.insert(images.end(), x.f32(), x.f32() + x.size());
      auto outputs = EvaluateGraph(graph, x);
      REQUIRE_MESSAGE(outputs.ok(), outputs.status().ToString());
      reference.push_back(*outputs);
    }
    auto choice = ChooseExits(graph, request);
    REQUIRE_MESSAGE(choice.ok(), choice.status().ToString());
    REQUIRE(RunPasses(&graph, {}).ok());
    choice->Rebind(graph);
    PlanOptions options;
    options.exits = *choice;
    options.max_batch = count;
    OrderBySegments(&graph, &options.exits);
    const auto bytes = BuildPlan(graph, options);
    REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
    const std::string path = vitrt::test::TemporaryPath("small_model.plan");
    REQUIRE(plan::WritePlanFile(bytes->tables, bytes->weights, "test", path).ok());
    auto loaded = Engine::Load(path, {.mmap = false});
    REQUIRE_MESSAGE(loaded.ok(), loaded.status().ToString());
    engine = *loaded;
    auto made = Session::Create(*engine, {.threads = 1, .max_batch = count});
    REQUIRE_MESSAGE(made.ok(), made.status().ToString());
    session = std::move(*made);
  }

  std::span<const Prediction> Run(const RunOptions& options = {}) {
    auto predictions = session->RunTensor(images, static_cast<int>(reference.size()), options);
    REQUIRE_MESSAGE(predictions.ok(), predictions.status().ToString());
    return *predictions;
  }

  const Tensor& Reference(size_t image, const std::string& name) const {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return reference[image][i];
    }
    FAIL("no output ", name);
    return reference[0][0];
  }

  // Every exit's output and every float raw output of the last run, which came to its end, against the reference.
  void CheckOutputs() const {
    for (size_t i = 0; i < reference.size(); ++i) {
      for (const ExitInfo& exit : engine->info().exits) CheckImage(i, exit.name, session->ExitOutput(exit.index));
      for (size_t k = 0; k < engine->info().outputs.size(); ++k) {
        const TensorInfo& info = engine->info().outputs[k];
        CHECK(info.dims == Reference(i, info.name).shape);
        const auto bytes = session->Output(static_cast<int>(k));
        if (info.type != ElementType::kFloat32) continue;
        CheckImage(i, info.name, {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)});
      }
    }
  }

 private:
  void CheckImage(size_t image, const std::string& name, std::span<const float> all) const {
    INFO(name, ", image ", image);
    const Tensor& expected = Reference(image, name);
    const auto size = static_cast<size_t>(expected.size());
    REQUIRE(all.size() == size * reference.size());
    for (size_t i = 0; i < size; ++i)
      CHECK(all[image * size + i] == doctest::Approx(expected.f32()[i]).epsilon(1e-4).scale(1));
  }
};

}  // namespace vitrt::convert::test

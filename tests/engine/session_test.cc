// Whole plans through the engine: ISA tiers, threads, batches, inspection, profile.
#include "vitrt/session.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "runtime/base/isa.h"
#include "runtime/engine/inspect.h"
#include "tests/plan/test_plan.h"

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/engine/session");

namespace {

constexpr int64_t kElements = 3 * 8 * 8;

std::vector<Isa> Tiers() {
  std::vector<Isa> tiers;
  const auto best = IsaOf(ReadCpuWords());
  for (Isa isa : {Isa::kSse41, Isa::kAvx, Isa::kAvx2, Isa::kAvx512}) {
    if (best && isa <= *best) tiers.push_back(isa);
  }
  return tiers;
}

std::vector<float> AllLogits(const Engine& engine, std::span<const float> input, int n, int threads) {
  auto session = Session::Create(engine, {.threads = threads, .max_batch = n});
  REQUIRE_MESSAGE(session.ok(), session.status().ToString());
  RunOptions all;
  all.all_exits = true;
  REQUIRE(session->RunTensor(input, n, all).ok());
  std::vector<float> logits;
  for (size_t k = 0; k < engine.info().exits.size(); ++k) {
    const auto part = session->ExitLogits(static_cast<int>(k));
    REQUIRE(!part.empty());
    logits.insert(logits.end(), part.begin(), part.end());
  }
  return logits;
}

}  // namespace

TEST_CASE("tiers agree closely, threads, batch and mapping change no bit") {
  const test::TestPlan plan = test::TwoExitPlan(0.5f);
  const AlignedBuffer file = plan.File();
  const auto input = test::Noise(3, 8 * kElements);
  std::vector<float> reference;
  for (Isa isa : Tiers()) {
    for (bool use_onednn : {true, false}) {
      INFO(IsaName(isa) << (use_onednn ? " with oneDNN" : ""));
      const auto engine = Engine::FromMemory(file.span(), {.max_isa = isa, .use_onednn = use_onednn});
      REQUIRE_MESSAGE(engine.ok(), engine.status().ToString());
      CHECK(engine->isa() == isa);
      const std::vector<float> eight = AllLogits(*engine, input, 8, 1);
      CHECK(AllLogits(*engine, input, 8, 2) == eight);
      const size_t classes = engine->info().exits[0].classes, exits = engine->info().exits.size();
      for (int i : {0, 5}) {
        const std::vector<float> one = AllLogits(*engine, std::span(input).subspan(i * kElements, kElements), 1, 2);
        for (size_t k = 0; k < exits; ++k) {
          for (size_t c = 0; c < classes; ++c) CHECK(one[k * classes + c] == eight[(k * 8 + i) * classes + c]);
        }
      }
      if (reference.empty()) reference = eight;
      float largest = 0, error = 0;
      for (size_t i = 0; i < eight.size(); ++i) {
        largest = std::max(largest, std::abs(reference[i]));
        REQUIRE(std::isfinite(eight[i]));
        error = std::max(error, std::abs(reference[i] - eight[i]));
      }
      CHECK(error < 1e-4f * largest);
    }
  }
}

TEST_CASE("a mapped file and a file read into memory, in normal and huge pages, give the same prediction") {
  const std::string path = test::TemporaryPath("session.plan");
  test::TwoExitPlan(0.5f).Write(path);
  const auto input = test::Noise(4, kElements);
  const auto mapped = Engine::Load(path);
  REQUIRE_MESSAGE(mapped.ok(), mapped.status().ToString());
  const auto logits = AllLogits(*mapped, input, 1, 1);
  for (const bool mmap : {true, false}) {
    for (const bool huge_pages : {true, false}) {
      const auto other = Engine::Load(path, {.mmap = mmap, .huge_pages = huge_pages});
      REQUIRE_MESSAGE(other.ok(), other.status().ToString());
      CHECK(AllLogits(*other, input, 1, 1) == logits);
    }
  }
  CHECK(mapped->info().path == path);
  CHECK(mapped->info().input.dims == std::vector<int64_t>{1, 3, 8, 8});
}

TEST_CASE("a session outlives its engine handle, and engines are told apart by their files") {
  auto session = [] {
    const test::TestPlan plan = test::TwoExitPlan(0.5f);
    const std::string path = test::TemporaryPath("outlive.plan");
    plan.Write(path);
    const auto engine = Engine::Load(path);
    REQUIRE(engine.ok());
    auto s = Session::Create(*engine, {.threads = 1});
    REQUIRE(s.ok());
    return std::move(*s);
  }();
  CHECK(session.RunTensor(test::Noise(5, kElements), 1).ok());
}

TEST_CASE("missing files, folders and other files are bad plans") {
  for (const std::string& path :
       {std::string("/nonexistent/x.plan"), std::string("/"), std::string("/proc/self/exe")}) {
    const auto engine = Engine::Load(path);
    REQUIRE(!engine.ok());
    CHECK(engine.status().code() == StatusCode::kBadPlan);
    CHECK(engine.status().where().find(path) == 0);
  }
}

TEST_CASE("inspection tells every step's implementation, a profile is filled") {
  const test::TestPlan plan = test::TwoExitPlan(2.0f);
  const AlignedBuffer file = plan.File();
  const auto engine = Engine::FromMemory(file.span());
  REQUIRE(engine.ok());
  const auto steps = InspectSteps(*engine);
  CHECK(steps.size() == plan.tables.steps.size());
  for (const StepInfo& step : steps) {
    CHECK(!step.implementation.empty());
    CHECK(!step.output_dims.empty());
  }
  CHECK(InspectSegments(*engine).size() == 2);
  auto session = Session::Create(*engine, {.threads = 1});
  REQUIRE(session.ok());
  Profile profile{.steps = true, .step_ms = {}, .segment_ms = {}};
  SetProfile(&*session, &profile);
  REQUIRE(session->RunTensor(test::Noise(6, kElements), 1).ok());
  CHECK(profile.segment_ms.size() == 2);
  for (double ms : profile.segment_ms) CHECK(ms > 0);
  for (double ms : profile.step_ms) CHECK(ms > 0);
  RunOptions first;
  first.force_exit = 0;
  REQUIRE(session->RunTensor(test::Noise(6, kElements), 1, first).ok());
  CHECK(profile.segment_ms[1] == 0);  // no work of segment 1 after decision 0
  SetProfile(&*session, nullptr);
}

TEST_CASE("raw outputs keep the model's type and shape, and an exit's output stays as the model gives it") {
  for (const auto meaning : {plan::ExitMeaning::BinaryLogit, plan::ExitMeaning::BinaryProbability}) {
    const AlignedBuffer file = test::TypesPlan(meaning).File();
    const auto engine = Engine::FromMemory(file.span());
    REQUIRE_MESSAGE(engine.ok(), engine.status().ToString());
    const std::vector<TensorInfo>& outputs = engine->info().outputs;
    REQUIRE(outputs.size() == 6);
    using enum ElementType;
    const ElementType types[] = {kInt32, kInt64, kBool, kUint8, kFloat32, kFloat32};
    for (size_t i = 0; i < outputs.size(); ++i) CHECK(outputs[i].type == types[i]);
    CHECK(outputs[4].dims.empty());
    CHECK(outputs[5].dims == std::vector<int64_t>{2, 1, 3});
    CHECK(engine->info().exits[0].dims == std::vector<int64_t>{1, 1});
    CHECK(engine->info().exits[0].classes == 2);

    auto session = Session::Create(*engine, {.threads = 1, .max_batch = 3});
    REQUIRE(session.ok());
    const std::vector<float> input = {0.25f, 0, 0, 0, 0, 0.5f, 0, 0, 0, 0, 0, 0, -1, 2.75f, 0, 0, 256, 257};
    const auto predictions = session->RunTensor(input, 3);
    REQUIRE(predictions.ok());
    const auto value = session->ExitOutput(0);
    CHECK(std::vector<float>(value.begin(), value.end()) == std::vector<float>{0.75f, 0, 514.75f});
    CHECK(session->ExitLogits(0).size() == 6);
    CHECK((*predictions)[0].label == 1);
    CHECK((*predictions)[0].probability ==
          doctest::Approx(meaning == plan::ExitMeaning::BinaryLogit ? 0.679179 : 0.75));
    // Channels last in the plan: [c0 c1 c2 at 0, c0 c1 c2 at 1].
    const auto bytes = session->Output(3);
    REQUIRE(bytes.size() == 18);
    CHECK(static_cast<int>(bytes[12]) == 0);    // -1, saturated
    CHECK(static_cast<int>(bytes[15]) == 2);    // 2.75, truncated
    CHECK(static_cast<int>(bytes[17]) == 255);  // 257, saturated
    const auto truth = session->Output(2);
    CHECK(static_cast<int>(truth[0]) == 1);
    CHECK(static_cast<int>(truth[1]) == 0);
    CHECK(session->Output(4).size() == 3 * sizeof(float));
  }
}

TEST_SUITE_END();

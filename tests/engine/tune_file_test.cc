#include "runtime/engine/tune_file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "runtime/base/cpus.h"
#include "runtime/engine/inspect.h"
#include "tests/plan/test_plan.h"

namespace vitrt {
namespace {

struct Plan {
  std::string path = test::TemporaryPath("tuned.plan"), tune = path + ".tune";

  Plan() {
    std::filesystem::remove_all(tune);
    test::TwoExitPlan(2.0f).Write(path);
  }
  Engine Load(const EngineOptions& options = {}) const {
    auto engine = Engine::Load(path, options);
    REQUIRE_MESSAGE(engine.ok(), engine.status().ToString());
    return std::move(engine).value();
  }
  // Steps 2 and 5 are linear layers, which "own" runs without it.
  TuneFile Choice() const {
    TuneFile file{
        .made_for = TuneTarget(Load({.tune_file = ""})), .ratio = 0.5, .threads = 0, .run_on = {}, .steps = {}};
    for (const size_t step : {size_t{2}, size_t{5}}) file.steps.push_back({step, "reference", "own", 0.9, false});
    return file;
  }
  void Write(const std::string& text) const { std::ofstream(tune, std::ios::binary) << text; }
};

std::vector<float> Logits(const Engine& engine) {
  auto session = Session::Create(engine, {.threads = 1});
  REQUIRE(session.ok());
  REQUIRE(session->RunTensor(test::Noise(7, 3 * 8 * 8), 1).ok());
  const auto logits = session->ExitLogits(1);
  return {logits.begin(), logits.end()};
}

TEST_CASE("a tune file that was made here chooses implementations, and an option leaves it alone") {
  const Plan plan;
  plan.Write(ToJson(plan.Choice()));
  const Engine tuned = plan.Load(), untuned = plan.Load({.tune_file = ""});
  CHECK(tuned.info().tune_note.empty());
  CHECK(tuned.info().tuned_steps == 2);
  CHECK(untuned.info().tuned_steps == 0);
  const std::vector<StepInfo> steps = InspectSteps(tuned), without = InspectSteps(untuned);
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool chosen = i == 2 || i == 5;
    CHECK(steps[i].implementation == (chosen ? "reference" : without[i].implementation));
    CHECK(steps[i].instead_of == (chosen ? "own" : ""));
    CHECK(without[i].instead_of.empty());
  }
  CHECK(MachineOf(untuned).ends_with("no tune file"));
  CHECK(!MachineOf(tuned).ends_with("no tune file"));  // it says that it changes bits
  const std::vector<float> a = Logits(tuned), b = Logits(untuned);
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-4));

  const std::string elsewhere = test::TemporaryPath("elsewhere.tune");
  std::filesystem::rename(plan.tune, elsewhere);
  CHECK(plan.Load().info().tuned_steps == 0);
  CHECK(plan.Load({.tune_file = elsewhere}).info().tuned_steps == 2);
}

TEST_CASE("a tune file of another machine, version or plan is ignored with the reason") {
  const Plan plan;
  const struct {
    const char* reason;
    void (*change)(TunedFor*);
  } cases[] = {{"another plan", [](TunedFor* m) { m->plan = "0123456789abcdef"; }},
               {"another vitrt", [](TunedFor* m) { m->vitrt = "0.0.1"; }},
               {"another CPU: i486", [](TunedFor* m) { m->cpu = "i486"; }},
               {"another instruction set", [](TunedFor* m) { m->isa = "mmx"; }},
               {"another CPU features", [](TunedFor* m) { m->features = {"3dnow"}; }}};
  const std::vector<float> expected = Logits(plan.Load());
  for (const auto& c : cases) {
    CAPTURE(std::string(c.reason));
    TuneFile file = plan.Choice();
    c.change(&file.made_for);
    plan.Write(ToJson(file));
    const Engine engine = plan.Load();
    CHECK(engine.info().tuned_steps == 0);
    CHECK_MESSAGE(engine.info().tune_note.find(c.reason) != std::string::npos, engine.info().tune_note);
    CHECK(Logits(engine) == expected);
  }
  test::TwoExitPlan(0.5f).Write(plan.path);  // another threshold: another plan
  TuneFile old = plan.Choice();
  test::TwoExitPlan(2.0f).Write(plan.path);
  plan.Write(ToJson(old));
  CHECK(plan.Load().info().tune_note.find("another plan") != std::string::npos);
}

TEST_CASE("a tune file chooses the threads of sessions that ask for none, and a lower instruction set") {
  const Plan plan;
  const Engine untuned = plan.Load();
  TuneFile file = plan.Choice();
  for (const int threads : {1, 2, 3, 1024}) {
    file.threads = threads;
    plan.Write(ToJson(file));
    CHECK(DefaultThreadsOf(plan.Load()) == std::min(threads, DefaultThreads()));
  }
  CHECK(DefaultThreadsOf(untuned) == 1);  // a model this small has no work for a second one
  if (untuned.isa() == Isa::kSse41) return;
  file.steps.clear();
  file.run_on = "sse41";
  plan.Write(ToJson(file));
  CHECK(plan.Load().isa() == Isa::kSse41);
  CHECK(plan.Load().info().tune_note.empty());
  CHECK(Logits(plan.Load()) == Logits(plan.Load({.max_isa = Isa::kSse41, .tune_file = ""})));
  for (const char* wrong : {"mmx", "avx512"}) {
    file.run_on = wrong;
    plan.Write(ToJson(file));
    const Engine engine = plan.Load();
    CHECK(engine.isa() == untuned.isa());
    CHECK_MESSAGE(engine.info().tune_note.find("damaged") != std::string::npos, engine.info().tune_note);
  }
}

TEST_CASE("a choice that is not possible is left out with the reason, the others hold") {
  const Plan plan;
  TuneFile file = plan.Choice();
  file.steps[0].implementation = "magic";
  file.steps.push_back({1000000, "reference", "own", 0.9, true});
  plan.Write(ToJson(file));
  const Engine engine = plan.Load();
  CHECK(engine.info().tuned_steps == 1);
  CHECK(engine.info().tune_note.find("step 2") != std::string::npos);
  CHECK(engine.info().tune_note.find("magic") != std::string::npos);
}

TEST_CASE("a file that is cut short, hostile or no file is ignored") {
  const Plan plan;
  const std::string whole = ToJson(plan.Choice());
  std::vector<std::string> texts = {"",
                                    "{}",
                                    "[]",
                                    "null",
                                    "{\"vitrt_tune\":2}",
                                    "{\"vitrt_tune\":-1}",
                                    "{\"vitrt_tune\":1,\"steps\":7}",
                                    std::string(100000, '['),
                                    std::string(16, '\0'),
                                    whole + whole};
  for (size_t size = 1; size + 2 < whole.size(); size += 7) texts.push_back(whole.substr(0, size));
  for (const auto& [from, to] :
       {std::pair("\"index\":2", "\"index\":-2"), std::pair("\"index\":5", "\"index\":2"),
        std::pair("\"index\":2", "\"index\":1e300"), std::pair("\"ratio\":0.9", "\"ratio\":null"),
        std::pair("\"threads\":0", "\"threads\":1025"), std::pair("\"threads\":0", "\"threads\":\"2\""),
        std::pair("\"run_on\":\"\"", "\"run_on\":2"), std::pair("\"steps\":[", "\"steps\":[7,"),
        std::pair("\"cpu\":", "\"cpu\":[],\"x\":")}) {
    std::string text = whole;
    REQUIRE(text.find(from) != std::string::npos);
    texts.push_back(text.replace(text.find(from), std::strlen(from), to));
  }
  for (const std::string& text : texts) {
    CAPTURE(text.substr(0, 200));
    plan.Write(text);
    const Engine engine = plan.Load();
    CHECK(engine.info().tuned_steps == 0);
    CHECK(!engine.info().tune_note.empty());
  }
  std::filesystem::remove(plan.tune);
  CHECK(plan.Load().info().tune_note.empty());
  std::filesystem::create_directory(plan.tune);
  CHECK(plan.Load().info().tune_note.find("no file") != std::string::npos);
}

}  // namespace
}  // namespace vitrt

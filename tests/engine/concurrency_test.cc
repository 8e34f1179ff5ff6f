// Many threads on one engine, while others load and unload plans: predictions stay the same. Made for ThreadSanitizer.
#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "runtime/base/os/file.h"
#include "tests/plan/test_plan.h"
#include "vitrt/session.h"

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/engine/concurrency");

namespace {

constexpr int64_t kElements = 3 * 8 * 8;

std::vector<float> Logits(Session* session, std::span<const float> input) {
  const auto predictions = session->RunTensor(input, 1);
  if (!predictions.ok()) return {};
  return {(*predictions)[0].logits.begin(), (*predictions)[0].logits.end()};
}

}  // namespace

TEST_CASE("16 threads classify with one engine while plans are loaded, unloaded and replaced") {
  const std::string path = test::TemporaryPath("shared.plan");
  test::TwoExitPlan(0.3f).Write(path);
  const auto engine = Engine::Load(path, {.mmap = os::ReplacesOpenFiles()});
  REQUIRE(engine.ok());
  constexpr int kInputs = 8;
  std::vector<std::vector<float>> inputs, expected;
  {
    auto session = Session::Create(*engine, {.threads = 1});
    REQUIRE(session.ok());
    for (int i = 0; i < kInputs; ++i) {
      inputs.push_back(test::Noise(static_cast<uint32_t>(i), kElements));
      expected.push_back(Logits(&*session, inputs.back()));
    }
  }
  std::atomic<int> wrong = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> workers, loaders;
  for (int t = 0; t < 16; ++t) {
    workers.emplace_back([&, t] {
      for (int round = 0; round < 5; ++round) {
        // Sessions come and go too; some have threads of their own.
        auto session = Session::Create(*engine, {.threads = 1 + t % 2});
        if (!session.ok()) return static_cast<void>(++wrong);
        for (int i = 0; i < 4 * kInputs; ++i) {
          const auto at = static_cast<size_t>((i + t) % kInputs);
          wrong += Logits(&*session, inputs[at]) != expected[at];
        }
      }
    });
  }
  for (int t = 0; t < 2; ++t) {
    loaders.emplace_back([&, t] {
      while (!stop) {
        const auto other = Engine::Load(path, {.mmap = t == 0 && os::ReplacesOpenFiles()});
        if (!other.ok()) return static_cast<void>(++wrong);
        auto session = Session::Create(*other, {.threads = 1});
        wrong += !session.ok() || Logits(&*session, inputs[0]) != expected[0];
      }
    });
  }
  loaders.emplace_back([&] {  // what a deployment does: a new file renamed over the one in use
    while (!stop) {
      test::TwoExitPlan(0.3f).Write(path + ".new");
      os::Rename(path + ".new", path);  // fails on Windows while somebody reads the old one
    }
  });
  for (std::thread& worker : workers) worker.join();
  stop = true;
  for (std::thread& loader : loaders) loader.join();
  CHECK(wrong == 0);
}

TEST_CASE("a plan read into memory survives its file being cut short, a mapped one survives being renamed over") {
  const std::string path = test::TemporaryPath("cut.plan");
  test::TwoExitPlan(0.3f).Write(path);
  const auto input = test::Noise(1, kElements);
  const auto read = Engine::Load(path, {.mmap = false});
  REQUIRE(read.ok());
  auto session = Session::Create(*read, {.threads = 1});
  REQUIRE(session.ok());
  const std::vector<float> before = Logits(&*session, input);

  const auto mapped = Engine::Load(path, {.mmap = os::ReplacesOpenFiles()});
  REQUIRE(mapped.ok());
  auto mapped_session = Session::Create(*mapped, {.threads = 1});
  REQUIRE(mapped_session.ok());
  test::TwoExitPlan(0.9f).Write(path + ".new");
  std::filesystem::rename(path + ".new", path);
  CHECK(Logits(&*mapped_session, input) == before);

  test::TwoExitPlan(0.3f).Write(path);
  const auto again = Engine::Load(path, {.mmap = false});
  REQUIRE(again.ok());
  auto again_session = Session::Create(*again, {.threads = 1});
  REQUIRE(again_session.ok());
  std::filesystem::resize_file(path, 100);
  CHECK(Logits(&*again_session, input) == before);
  CHECK(!Engine::Load(path).ok());
}

TEST_SUITE_END();

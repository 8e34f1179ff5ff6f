// What a host program has set for itself is as before after vitrt ran in it: OpenMP, affinity, the floating-point
// environment, signal mask. And vitrt runs inside the host's own parallel regions.
#include <doctest/doctest.h>
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <xmmintrin.h>

#include <cfenv>
#include <cstring>
#include <vector>

#include "tests/plan/test_plan.h"
#include "vitrt/session.h"

using namespace vitrt;

TEST_SUITE_BEGIN("runtime/engine/host_settings");

namespace {

constexpr size_t kElements = 3 * 8 * 8;

struct Settings {
  int threads = omp_get_max_threads(), dynamic = omp_get_dynamic(), levels = omp_get_max_active_levels();
  omp_sched_t schedule{};
  int chunk = 0;
  cpu_set_t affinity{};
  sigset_t signals{};
  unsigned int sse = _mm_getcsr();
  int rounding = std::fegetround();

  Settings() {
    omp_get_schedule(&schedule, &chunk);
    sched_getaffinity(0, sizeof affinity, &affinity);
    pthread_sigmask(SIG_SETMASK, nullptr, &signals);
  }
  void RequireSame() const {
    const Settings now;
    CHECK(now.threads == threads);
    CHECK(now.dynamic == dynamic);
    CHECK(now.levels == levels);
    CHECK(now.schedule == schedule);
    CHECK(now.chunk == chunk);
    CHECK(CPU_EQUAL(&now.affinity, &affinity) != 0);
    CHECK(std::memcmp(&now.signals, &signals, sizeof signals) == 0);
    CHECK((now.sse & _MM_ROUND_MASK) == (sse & _MM_ROUND_MASK));
    CHECK((now.sse & (_MM_FLUSH_ZERO_MASK | _MM_MASK_MASK)) == (sse & (_MM_FLUSH_ZERO_MASK | _MM_MASK_MASK)));
    CHECK(now.rounding == rounding);
  }
};

// The label of one image, classified by `threads` threads.
int Classify(const Engine& engine, int threads, bool pin) {
  auto session = Session::Create(engine, {.threads = threads, .pin = pin});
  REQUIRE(session.ok());
  const auto predictions = session->RunTensor(test::Noise(5, kElements), 1);
  REQUIRE(predictions.ok());
  return (*predictions)[0].label;
}

}  // namespace

TEST_CASE("OpenMP, affinity, rounding and signals of the host are as before") {
  omp_set_num_threads(3);
  omp_set_dynamic(1);
  omp_set_max_active_levels(2);
  omp_set_schedule(omp_sched_guided, 7);
  const Settings before;
  const std::string path = test::TemporaryPath("host.plan");
  test::TwoExitPlan(2.0f).Write(path);
  {
    const auto engine = Engine::Load(path);
    REQUIRE(engine.ok());
    before.RequireSame();
    for (const bool pin : {false, true}) {
      Classify(*engine, 1, pin);
      Classify(*engine, 2, pin);
      before.RequireSame();
    }
  }
  before.RequireSame();
  omp_set_dynamic(0);
  int members = 0;
#pragma omp parallel reduction(+ : members)
  ++members;
  CHECK(members == 3);
}

TEST_CASE("every thread of a host's parallel region may have a session") {
  const std::string path = test::TemporaryPath("region.plan");
  test::TwoExitPlan(2.0f).Write(path);
  const auto engine = Engine::Load(path);
  REQUIRE(engine.ok());
  const int expected = Classify(*engine, 1, false);
  int right = 0;
#pragma omp parallel for num_threads(4) reduction(+ : right)
  for (int i = 0; i < 8; ++i) {
    auto session = Session::Create(*engine, {.threads = 1 + i % 2});
    const std::vector<float> input = test::Noise(5, kElements);
    const auto predictions =
        session.ok() ? session->RunTensor(input, 1) : Result<std::span<const Prediction>>(session.status());
    right += predictions.ok() && (*predictions)[0].label == expected;
  }
  CHECK(right == 8);
}

TEST_SUITE_END();

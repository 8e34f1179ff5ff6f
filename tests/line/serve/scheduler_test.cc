#include "runtime/line/serve/scheduler.h"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>

namespace vitrt::serve {
namespace {

InferJob Job(std::atomic<int>* responded) {
  InferJob job;
  job.respond = [responded](const Response&) { ++*responded; };
  return job;
}

TEST_SUITE("runtime/line/serve/scheduler") {
  TEST_CASE("a full queue refuses at once and leaves the job with its caller") {
    std::atomic<int> responded{0};
    std::latch begun(1), go(1);
    {
      Scheduler scheduler(1, 2, [&](const std::vector<InferJob>& jobs) {
        if (begun.try_wait() == false) begun.count_down();
        go.wait();
        for (const InferJob& job : jobs) job.respond({});
      });
      REQUIRE(scheduler.Submit(Job(&responded)));
      begun.wait();  // the worker holds it, the queue is empty
      REQUIRE(scheduler.Submit(Job(&responded)));
      REQUIRE(scheduler.Submit(Job(&responded)));
      InferJob refused = Job(&responded);
      CHECK_FALSE(scheduler.Submit(std::move(refused)));
      CHECK(refused.respond != nullptr);  // NOLINT(bugprone-use-after-move): what is refused is not moved
      CHECK(scheduler.waiting() == 2);
      CHECK(scheduler.running() == 1);
      go.count_down();
    }
    CHECK(responded == 3);  // the destructor runs what was queued
  }

  TEST_CASE("every job gets one response, with any number of workers") {
    for (const int workers : {1, 2, 7}) {
      CAPTURE(workers);
      std::atomic<int> responded{0}, calls{0};
      {
        Scheduler scheduler(workers, 1000, [&](const std::vector<InferJob>& jobs) {
          ++calls;
          for (const InferJob& job : jobs) job.respond({});
        });
        for (int i = 0; i < 500; ++i) REQUIRE(scheduler.Submit(Job(&responded)));
      }
      CHECK(responded == 500);
      CHECK(calls <= 500);
    }
  }
}

}  // namespace
}  // namespace vitrt::serve

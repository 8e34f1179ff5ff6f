#include "runtime/base/parallel.h"

#include <doctest/doctest.h>
#include <omp.h>
#include <sched.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

using namespace vitrt;

TEST_SUITE("runtime/base/parallel") {
  TEST_CASE("covers every index once, with thread numbers in range") {
    for (int threads : {1, 2, 3, 7}) {
      for (int64_t count : {0, 1, 2, 5, 1000}) {
        std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
        std::atomic<bool> in_range = true;
        ParallelFor(threads, count, [&](int64_t begin, int64_t end, int thread) {
          if (thread < 0 || thread >= threads) in_range = false;
          for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
        });
        CHECK(in_range);
        for (const auto& s : seen) REQUIRE(s == 1);
      }
    }
  }

  TEST_CASE("gives the same ranges every time") {
    const auto ranges = [] {
      std::vector<int64_t> begins(4, -1);
      ParallelFor(4, 10, [&](int64_t begin, int64_t, int thread) { begins[static_cast<size_t>(thread)] = begin; });
      return begins;
    };
    const auto first = ranges();
    CHECK(first == std::vector<int64_t>{0, 2, 5, 7});
    for (int i = 0; i < 20; ++i) CHECK(ranges() == first);
  }

  TEST_CASE("runs serially inside a parallel region") {
    std::atomic<int> calls = 0;
    ParallelFor(2, 2, [&](int64_t, int64_t, int) { ParallelFor(2, 100, [&](int64_t, int64_t, int) { ++calls; }); });
    CHECK(calls == 2);
  }

  TEST_CASE("leaves the host's OpenMP settings alone") {
    omp_set_num_threads(3);
    ParallelFor(2, 100, [](int64_t, int64_t, int) {});
    CHECK(omp_get_max_threads() == 3);
    {
      const ThreadCountScope scope(1);
      CHECK(omp_get_max_threads() == 1);
    }
    CHECK(omp_get_max_threads() == 3);
  }

  TEST_CASE("two threads of the host may use it at once") {
    std::atomic<int64_t> sum = 0;
    const auto work = [&] {
      for (int i = 0; i < 200; ++i) {
        ParallelFor(2, 100, [&](int64_t begin, int64_t end, int) {
          for (int64_t j = begin; j < end; ++j) sum += j;
        });
      }
    };
    std::thread a(work), b(work);
    a.join();
    b.join();
    CHECK(sum == 2 * 200 * 4950);
  }

  TEST_CASE("the default number of threads obeys the affinity mask") {
    cpu_set_t before, one;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    CHECK(DefaultThreads() >= 1);
    CHECK(DefaultThreads() <= CPU_COUNT(&before));
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &before)) {
        CPU_SET(cpu, &one);
        break;
      }
    }
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(DefaultThreads() == 1);
    sched_setaffinity(0, sizeof before, &before);
  }
}

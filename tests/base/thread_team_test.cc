#include "runtime/base/thread_team.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "runtime/base/cpus.h"
#include "runtime/base/os/thread.h"

using namespace vitrt;

namespace {

double ProcessCpuSeconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// What this process uses while the calling thread sleeps for 0.3 s, after 20 ms in which its threads may settle.
double CpuSecondsWhileIdle() {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const double begin = ProcessCpuSeconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  return ProcessCpuSeconds() - begin;
}

}  // namespace

TEST_SUITE("runtime/base/thread_team") {
  TEST_CASE("covers every index once, in ranges of at least the grain, with thread numbers in range") {
    for (int threads : {1, 2, 3, 7}) {
      ThreadTeam team(threads);
      CHECK(team.threads() == threads);
      for (int64_t count : {0, 1, 2, 5, 12, 1000}) {
        for (int64_t grain : {1, 4, 2000}) {
          std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
          std::atomic<bool> in_range = true;
          team.For(count, grain, [&](int64_t begin, int64_t end, int thread) {
            if (thread < 0 || thread >= threads) in_range = false;
            if (end - begin < grain && end - begin < count) in_range = false;
            for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
          });
          CHECK(in_range);
          for (const auto& s : seen) REQUIRE(s == 1);
        }
      }
    }
  }

  TEST_CASE("what a loop wrote is there for the caller and for every thread of the next loop") {
    ThreadTeam team(4);
    std::vector<int64_t> values(64, 0);  // no atomics: a sanitizer build sees a missing edge
    for (int round = 0; round < 2000; ++round) {
      if (round % 7 == 0) std::this_thread::yield();
      const ThreadTeam::Run run(team);
      team.For(64, 1, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) values[static_cast<size_t>(63 - i)] = round + i;
      });
      int64_t sum = 0;
      for (int64_t v : values) sum += v;
      REQUIRE(sum == 64 * round + 63 * 32);
      team.For(64, 1, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) values[static_cast<size_t>(i)] += 1;
      });
      REQUIRE(values[0] == round + 64);
    }
  }

  TEST_CASE("several teams work at once, each for the thread that calls it") {
    std::atomic<int64_t> sum = 0;
    const auto work = [&] {
      ThreadTeam team(3);
      for (int i = 0; i < 300; ++i) {
        team.For(100, 1, [&](int64_t begin, int64_t end, int) {
          for (int64_t j = begin; j < end; ++j) sum += j;
        });
      }
    };
    std::thread a(work), b(work), c(work);
    a.join();
    b.join();
    c.join();
    CHECK(sum == 3 * 300 * 4950);
  }

  TEST_CASE("a loop is done though no other member ever gets to run") {
    // All members on one CPU, where the caller does not leave it: what they would have done, the caller does.
    cpu_set_t before;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    REQUIRE(os::PinThisThread(AllowedCpus().front()));
    {
      ThreadTeam team(8);
      int64_t total = 0;
      for (int i = 0; i < 100; ++i) {
        std::atomic<int64_t> sum = 0;
        team.For(1000, 1, [&](int64_t begin, int64_t end, int) { sum += end - begin; });
        total += sum;
      }
      CHECK(total == 100 * 1000);
    }
    sched_setaffinity(0, sizeof before, &before);
  }

  TEST_CASE("threads sleep outside a run") {
    ThreadTeam team(4);
    {
      const ThreadTeam::Run run(team);
      team.For(4, 1, [](int64_t, int64_t, int) {});
    }
    CHECK(CpuSecondsWhileIdle() < 0.1);  // three spinning threads would take 0.3 s or more on three cores
  }

  TEST_CASE("threads fall asleep within a run that has no work for them") {
    ThreadTeam team(4);
    const ThreadTeam::Run run(team);
    team.For(4, 1, [](int64_t, int64_t, int) {});
    CHECK(CpuSecondsWhileIdle() < 0.1);
  }

  TEST_CASE("pinned threads stay on a CPU of their own, and the caller is not touched") {
    const auto cpus = AllowedCpus();
    const int threads = static_cast<int>(cpus.size());
    ThreadTeam team(threads, true);
    std::mutex mutex;
    std::set<int> used;
    const std::thread::id caller = std::this_thread::get_id();
    for (int i = 0; i < 50; ++i) {
      team.For(threads * 4, 1, [&](int64_t, int64_t, int) {
        if (std::this_thread::get_id() == caller) return;
        const auto allowed = AllowedCpus();
        const std::lock_guard lock(mutex);
        used.insert(allowed.size() == 1 ? allowed.front() : -1);
      });
    }
    CHECK(used.count(-1) == 0);
    CHECK(used.count(AllowedCores().front()) == 0);
    CHECK(AllowedCpus() == cpus);
  }

  TEST_CASE("takes no signals of the host") {
    static std::atomic<int> taken;
    static thread_local bool is_host;
    taken = 0;
    is_host = true;
    struct sigaction action = {}, before = {};
    action.sa_handler = [](int) { taken += is_host ? 1 : 1000; };
    sigaction(SIGUSR1, &action, &before);
    ThreadTeam team(4);
    for (int i = 0; i < 20; ++i) {
      kill(getpid(), SIGUSR1);
      team.For(16, 1, [](int64_t, int64_t, int) {});
    }
    sigaction(SIGUSR1, &before, nullptr);
    CHECK(taken > 0);
    CHECK(taken < 1000);
  }
}

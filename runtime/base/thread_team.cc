#include "runtime/base/thread_team.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "runtime/base/cpus.h"
#include "runtime/base/os/thread.h"
#include "runtime/base/os/wait.h"

namespace vitrt {
namespace {

using Clock = std::chrono::steady_clock;

// Longer than the gap between two steps of a run and than most differences between workers, much shorter than the time
// slice that the system gives to another program.
constexpr std::chrono::microseconds kSpin(200);
constexpr int kPausesPerClockRead = 16;

// More parts than threads, so that a late thread leaves little to wait for.
constexpr int64_t kPartsPerThread = 4;
constexpr uint32_t kStop = 0xffffffff;  // no loop has so many parts: a session has at most 1024 threads

uint32_t Parts(uint32_t work) { return work >> 16; }
uint32_t Next(uint32_t work) { return work & 0xffff; }

// One CPU of each core, then the remaining allowed ones.
std::vector<int> PinOrder() {
  std::vector<int> order = AllowedCores();
  for (const int cpu : AllowedCpus()) {
    if (std::find(order.begin(), order.end(), cpu) == order.end()) order.push_back(cpu);
  }
  return order;
}

}  // namespace

ThreadTeam::ThreadTeam(int threads, bool pin) {
  if (threads <= 1) return;
  const std::vector<int> cpus = pin ? PinOrder() : std::vector<int>();
  const os::SignalsBlocked blocked;
  workers_.reserve(static_cast<size_t>(threads) - 1);
  try {
    for (int i = 1; i < threads; ++i) {
      const int cpu = pin ? cpus[static_cast<size_t>(i) % cpus.size()] : -1;
      workers_.emplace_back([this, i, cpu] {
        os::NameThisThread("vitrt");
        if (cpu >= 0) os::PinThisThread(cpu);
        Serve(i);
      });
    }
  } catch (const std::system_error&) {  // the system has no more threads: the team is smaller
  }
}

ThreadTeam::~ThreadTeam() {
  work_.store(kStop, std::memory_order_release);
  os::WakeAll(work_);
  for (std::thread& worker : workers_) worker.join();
}

// As many parts for each thread as make the loop at most 1/32 longer than the most even split.
int64_t ThreadTeam::PartsOf(int64_t count, int64_t grain) const {
  const int64_t most = std::max<int64_t>(1, count / grain), team = threads();
  if (team == 1 || most <= team) return std::min(most, team);
  int64_t best = 1, best_cost = (count + team - 1) / team;  // units until the last thread is done
  for (int64_t each = 2; each <= kPartsPerThread && each * team <= most; ++each) {
    const int64_t cost = each * ((count + each * team - 1) / (each * team));
    if (cost > best_cost + best_cost / 32) continue;
    best = each;
    best_cost = std::min(best_cost, cost);
  }
  return best * team;
}

void ThreadTeam::Loop(int64_t count, int64_t grain, Task task, const void* context) {
  if (count <= 0) return;
  const auto parts = static_cast<uint32_t>(PartsOf(count, grain));
  if (parts == 1) return task(context, 0, count, 0);
  task_ = task;
  context_ = context;
  count_ = count;
  done_.store(0, std::memory_order_relaxed);
  work_.store(parts << 16, std::memory_order_release);
  os::WakeAll(work_);  // no system call unless a worker sleeps
  while (TakePart(0)) {
  }
  for (uint32_t done; (done = done_.load(std::memory_order_acquire)) != parts;) {
    if (!SpinUntilChanged(done_, done, false)) os::WaitWhile(done_, done);
  }
}

// Takes a part of the current loop and does it; false if none is left. A late thread that has read the word of an older
// loop gets a part of the current one, or none: the exchange succeeds only on the current word.
bool ThreadTeam::TakePart(int thread) {
  uint32_t work = work_.load(std::memory_order_relaxed);
  do {
    if (Next(work) >= Parts(work)) return false;
  } while (!work_.compare_exchange_weak(work, work + 1, std::memory_order_acquire, std::memory_order_relaxed));
  const int64_t part = Next(work), parts = Parts(work);
  task_(context_, count_ * part / parts, count_ * (part + 1) / parts, thread);
  if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == parts) os::WakeOne(done_);
  return true;
}

void ThreadTeam::Serve(int thread) {
  for (;;) {
    while (TakePart(thread)) {
    }
    const uint32_t work = work_.load(std::memory_order_acquire);
    if (work == kStop) return;
    if (Next(work) < Parts(work)) continue;
    if (!SpinUntilChanged(work_, work, true)) os::WaitWhile(work_, work);
  }
}

// Spins until `word` changes; false when kSpin is over or the run has ended. Time passes for a preempted thread as well:
// it goes to sleep when it is scheduled again.
bool ThreadTeam::SpinUntilChanged(const std::atomic<uint32_t>& word, uint32_t old, bool in_run_only) const {
  const Clock::time_point end = Clock::now() + kSpin;
  do {
    for (int i = 0; i < kPausesPerClockRead; ++i) {
      if (word.load(std::memory_order_relaxed) != old) return true;
      __builtin_ia32_pause();
    }
    if (in_run_only && !spinning_.load(std::memory_order_relaxed)) return false;
  } while (Clock::now() < end);
  return false;
}

}  // namespace vitrt

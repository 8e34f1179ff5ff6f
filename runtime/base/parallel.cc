#include "runtime/base/parallel.h"

#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace vitrt {
namespace {

// libgomp is built without ThreadSanitizer, which therefore does not see that what precedes a parallel region happens
// before it, and the region before what follows. These two say so; other builds need no telling.
char fork_edge, join_edge;
#ifdef __SANITIZE_THREAD__
void Release(char* edge) { __tsan_release(edge); }
void Acquire(char* edge) { __tsan_acquire(edge); }
#else
void Release(char*) {}
void Acquire(char*) {}
#endif

// CPUs that cgroup v2 (cpu.max) or v1 (cfs quota) allows, rounded up; 0 if unlimited or unknown.
int CgroupCpus() {
  long long quota = -1, period = 0;
  if (FILE* f = std::fopen("/sys/fs/cgroup/cpu.max", "r")) {
    if (std::fscanf(f, "%lld %lld", &quota, &period) != 2) quota = -1;
    std::fclose(f);
  } else if (FILE* q = std::fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "r")) {
    if (std::fscanf(q, "%lld", &quota) != 1) quota = -1;
    std::fclose(q);
    if (FILE* p = std::fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "r")) {
      if (std::fscanf(p, "%lld", &period) != 1) period = 0;
      std::fclose(p);
    }
  }
  return quota > 0 && period > 0 ? static_cast<int>((quota + period - 1) / period) : 0;
}

}  // namespace

int DefaultThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cpus = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : omp_get_num_procs();
  if (int quota = CgroupCpus(); quota > 0) cpus = std::min(cpus, quota);
  return std::max(cpus, 1);
}

void ParallelForRaw(int threads, int64_t count, ParallelTask task, void* context) {
  if (count <= 0) return;
  const int team = static_cast<int>(std::min<int64_t>(threads, count));
  if (team <= 1 || omp_in_parallel()) {
    task(context, 0, count, 0);
    return;
  }
  Release(&fork_edge);
#pragma omp parallel num_threads(team)
  {
    Acquire(&fork_edge);
    // The team may be smaller than asked for (thread limit): the ranges follow `team`, threads take them in turn.
    for (int part = omp_get_thread_num(); part < team; part += omp_get_num_threads()) {
      task(context, count * part / team, count * (part + 1) / team, part);
    }
    Release(&join_edge);
  }
  Acquire(&join_edge);
}

ThreadCountScope::ThreadCountScope(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
ThreadCountScope::~ThreadCountScope() { omp_set_num_threads(before_); }

}  // namespace vitrt

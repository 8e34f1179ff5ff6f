// The one ParallelFor: the only place of vitrt that starts threads (OpenMP).
#pragma once

#include <cstdint>
#include <type_traits>

namespace vitrt {

// Number of threads that the affinity mask and the cgroup CPU quota allow, at least 1.
int DefaultThreads();

// Calls task(context, begin, end, thread) for disjoint ranges that cover [0, count), on at most `threads` threads;
// thread is in [0, threads). Ranges are a fixed function of count and threads; a task must give the same result
// whatever the ranges are. Serial when threads <= 1, count <= 1, or inside another parallel region. Does not change
// the host's OpenMP settings, does not allocate, and the task must not throw.
using ParallelTask = void (*)(void* context, int64_t begin, int64_t end, int thread);
void ParallelForRaw(int threads, int64_t count, ParallelTask task, void* context);

template <typename F>  // f(begin, end, thread)
void ParallelFor(int threads, int64_t count, F&& f) {
  ParallelForRaw(
      threads, count,
      [](void* c, int64_t b, int64_t e, int t) { (*static_cast<std::remove_reference_t<F>*>(c))(b, e, t); }, &f);
}

// While it lives, OpenMP code of other libraries called from this thread (oneDNN) uses `threads` threads; the host's
// setting comes back afterwards. Affects the calling thread only.
class ThreadCountScope {
 public:
  explicit ThreadCountScope(int threads);
  ~ThreadCountScope();
  ThreadCountScope(const ThreadCountScope&) = delete;
  ThreadCountScope& operator=(const ThreadCountScope&) = delete;

 private:
  int before_;
};

}  // namespace vitrt

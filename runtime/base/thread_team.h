// The worker threads of a session, and the parallel loops they share. Nothing else in vitrt starts threads.
//
// The calling thread is thread 0 and takes parts, too. A loop is cut into parts that threads take as they come free, so
// a preempted thread delays no more than the part it has taken: the others do the remaining ones, and a thread that
// wakes up too late finds nothing to do. Idle workers spin for a bounded time, and only within a Run; then they sleep.
// Host programs see no spinning threads, no changed OpenMP settings and no signals delivered here.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace vitrt {

class ThreadTeam {
 public:
  // Starts threads - 1 threads, fewer if the system has no more. pin: each on a CPU of its own among the allowed ones,
  // one per core first; the first of them is left for the calling thread, which is not touched.
  explicit ThreadTeam(int threads, bool pin = false);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls f(begin, end, thread) for disjoint ranges that cover [0, count), none shorter than `grain` but an only one;
  // thread is in [0, threads()). Which ranges there are and who takes them may change from call to call: f must give
  // the same result whatever they are. f neither throws nor calls For. One thread at a time may use a team.
  template <typename F>
  void For(int64_t count, int64_t grain, F&& f) {
    const Task task = [](const void* c, int64_t b, int64_t e, int t) {
      (*static_cast<std::remove_reference_t<F>*>(const_cast<void*>(c)))(b, e, t);
    };
    Loop(count, grain, task, &f);
  }

  // While it lives, loops follow each other closely: workers spin between them.
  class Run {
   public:
    explicit Run(ThreadTeam& team) : team_(team) { team_.spinning_.store(true, std::memory_order_relaxed); }
    ~Run() { team_.spinning_.store(false, std::memory_order_relaxed); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

   private:
    ThreadTeam& team_;
  };

 private:
  using Task = void (*)(const void* context, int64_t begin, int64_t end, int thread);

  int64_t PartsOf(int64_t count, int64_t grain) const;
  void Loop(int64_t count, int64_t grain, Task task, const void* context);
  void Serve(int thread);
  bool TakePart(int thread);
  bool SpinUntilChanged(const std::atomic<uint32_t>& word, uint32_t old, bool in_run_only) const;

  // The loop under way: parts in the upper half, the next part to take in the lower. A part is taken by adding one;
  // what the loop does is written before, and not again until every part taken is done.
  std::atomic<uint32_t> work_ = 0;
  std::atomic<uint32_t> done_ = 0;  // parts done
  std::atomic<bool> spinning_ = false;
  Task task_ = nullptr;
  const void* context_ = nullptr;
  int64_t count_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace vitrt

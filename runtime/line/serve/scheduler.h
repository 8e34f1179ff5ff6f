// Requests that wait for a worker. The queue is bounded: what does not fit is refused at once, never queued.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/line/serve/infer_job.h"

namespace vitrt::serve {

// Workers take jobs in the order of arrival. A connection has one request at a time, so a client that floods waits in
// the same queue as everybody else. Jobs of one model that wait together are given to one worker, as many as that model
// runs faster together than alone, but never so many that another worker stays idle.
// Thread-safe.
class Scheduler {
 public:
  // `run` runs jobs of one model and calls `respond` of each exactly once; it is called by several threads.
  using RunJobs = std::function<void(std::vector<InferJob> jobs)>;

  Scheduler(int workers, size_t queue_limit, RunJobs run);
  ~Scheduler();  // runs what is queued, then joins
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // False, and `job` untouched, where the queue is full.
  bool Submit(InferJob&& job);

  size_t waiting() const;
  int running() const;

 private:
  void Work();
  std::vector<InferJob> Take();  // with the mutex held

  const size_t queue_limit_;
  const RunJobs run_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::deque<InferJob> queue_;
  bool stopping_ = false;
  int running_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace vitrt::serve

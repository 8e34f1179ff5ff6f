#include "runtime/line/serve/scheduler.h"

#include <algorithm>
#include <utility>

namespace vitrt::serve {

Scheduler::Scheduler(int workers, size_t queue_limit, RunJobs run) : queue_limit_(queue_limit), run_(std::move(run)) {
  for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { Work(); });
}

Scheduler::~Scheduler() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

bool Scheduler::Submit(InferJob&& job) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (queue_.size() >= queue_limit_) return false;
    queue_.push_back(std::move(job));
  }
  work_.notify_one();
  return true;
}

size_t Scheduler::waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return queue_.size();
}

int Scheduler::running() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return running_;
}

// The oldest job, and those of its model behind it that go with it. Idle workers share the queue.
std::vector<InferJob> Scheduler::Take() {
  std::vector<InferJob> jobs;
  const size_t idle = workers_.size() - static_cast<size_t>(running_);
  const size_t share = (queue_.size() + idle - 1) / idle;
  jobs.push_back(std::move(queue_.front()));
  queue_.pop_front();
  const size_t most = std::min(share, static_cast<size_t>(jobs[0].together));
  for (auto next = queue_.begin(); next != queue_.end() && jobs.size() < most;) {
    if (next->model != jobs[0].model) {
      ++next;
      continue;
    }
    jobs.push_back(std::move(*next));
    next = queue_.erase(next);
  }
  return jobs;
}

void Scheduler::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::vector<InferJob> jobs = Take();
    ++running_;
    lock.unlock();
    run_(std::move(jobs));
    lock.lock();
    --running_;
  }
}

}  // namespace vitrt::serve

#include "runtime/line/serve/served_model.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/digest/sha256.h"
#include "runtime/line/audit/model_identity.h"
#include "runtime/line/live/file_stamp.h"
#include "runtime/line/live/live_plan.h"

namespace vitrt::serve {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxTogether = 8;
constexpr double kBatchTimeRatio = 0.95;  // a batch must take at most this part of the time of its images one by one
constexpr int kRounds = 3;

std::vector<float> Zeros(const Engine& engine, int n) {
  int64_t elements = n;
  for (const int64_t dim : engine.info().input.dims) elements *= dim;
  return std::vector<float>(static_cast<size_t>(elements));
}

// The best of a few rounds, in seconds. Forced to the last exit: zeros would leave at any exit.
Result<double> SecondsFor(Session* session, const Engine& engine, int n) {
  const std::vector<float> zeros = Zeros(engine, n);
  RunOptions run;
  if (!engine.info().exits.empty()) run.force_exit = static_cast<int>(engine.info().exits.size()) - 1;
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kRounds; ++round) {
    const Clock::time_point start = Clock::now();
    if (const auto predictions = session->RunTensor(zeros, n, run); !predictions.ok()) return predictions.status();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

// How many images one session runs faster as a batch than one by one, measured on this machine.
Result<int> MeasureTogether(Session* session, const Engine& engine) {
  const int n = std::min(engine.info().max_batch, kMaxTogether);
  if (n == 1) return 1;
  VITRT_ASSIGN_OR_RETURN(const double one, SecondsFor(session, engine, 1));
  VITRT_ASSIGN_OR_RETURN(const double all, SecondsFor(session, engine, n));
  return all <= kBatchTimeRatio * n * one ? n : 1;
}

}  // namespace

SessionPool::Lease::~Lease() { pool_->Add(std::move(session_)); }

void SessionPool::Add(Session session) {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(std::move(session));
}

SessionPool::Lease SessionPool::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Session session = std::move(free_.back());
  free_.pop_back();
  return {this, std::move(session)};
}

Result<std::shared_ptr<Generation>> ServedModel::LoadNow() const {
  VITRT_ASSIGN_OR_RETURN(Engine engine, Engine::Load(path_, line::Replaceable(options_.engine)));
  VITRT_ASSIGN_OR_RETURN(RunOptions run, line::ToRunOptions(options_.exits, engine.info().exits));
  run.measure_input = options_.kept;
  VITRT_ASSIGN_OR_RETURN(std::string sha256, Sha256OfFiles({path_}));
  std::string identity = options_.kept ? audit::ModelIdentity(engine) : "";
  auto generation = std::shared_ptr<Generation>(
      new Generation{std::move(engine), run, std::move(sha256), std::move(identity), 1, {}});
  const SessionOptions session_options = {.threads = options_.threads,
                                          .max_batch = generation->engine.info().max_batch};
  for (int i = 0; i < options_.sessions; ++i) {
    VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(generation->engine, session_options));
    if (i == 0) {
      VITRT_ASSIGN_OR_RETURN(generation->together, MeasureTogether(&session, generation->engine));
    }
    generation->sessions.Add(std::move(session));
  }
  return generation;
}

Result<bool> ServedModel::Refresh() {
  std::string stamp = line::FileStamp(path_);
  // Missing after it was there: a replacement in two steps is under way.
  if (tried_ && (stamp == *tried_ || stamp.empty())) return false;
  tried_ = std::move(stamp);
  Result<std::shared_ptr<Generation>> loaded = LoadNow();
  const std::lock_guard<std::mutex> lock(mutex_);
  problem_ = loaded.ok() ? Status() : loaded.status();
  if (!loaded.ok()) return loaded.status();
  current_ = std::move(loaded).value();
  return true;
}

std::shared_ptr<Generation> ServedModel::current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return current_;
}

Status ServedModel::problem() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return problem_;
}

int ServedModel::images_together() const {
  const std::shared_ptr<Generation> generation = current();
  return generation ? generation->together : 1;
}

}  // namespace vitrt::serve

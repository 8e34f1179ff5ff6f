#include "runtime/cli/tune/rounds.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

#include "runtime/base/check.h"
#include "runtime/cli/bench/run.h"
#include "runtime/cli/common/progress.h"
#include "runtime/engine/inspect.h"

namespace vitrt::cli {
namespace {

using Clock = std::chrono::steady_clock;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

RunOptions EveryExit() {
  RunOptions run;
  run.all_exits = true;
  return run;
}

struct Side {
  Session session;
  Workload work;
  Profile profile;
  double run_ms = 0;

  static Result<Side> Open(const Engine& engine, int threads) {
    VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, {.threads = threads}));
    return Side{std::move(session), Workload::Random(1, engine), {}};
  }
  Status RunOnce() {
    const Clock::time_point start = Clock::now();
    VITRT_RETURN_IF_ERROR(work.RunNext(&session, EveryExit()).status());
    run_ms = MsSince(start);
    return {};
  }
};

// Every number that a run gives, one after the other.
Result<std::vector<std::byte>> OutputsOf(const Engine& engine, int threads, int batch) {
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, {.threads = threads, .max_batch = batch}));
  Workload work = Workload::Random(batch, engine);
  VITRT_RETURN_IF_ERROR(work.RunNext(&session, EveryExit()).status());
  std::vector<std::byte> bytes;
  const auto append = [&](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  for (const ExitInfo& exit : engine.info().exits) append(std::as_bytes(session.ExitOutput(exit.index)));
  for (size_t o = 0; o < engine.info().outputs.size(); ++o) append(session.Output(static_cast<int>(o)));
  return bytes;
}

}  // namespace

Result<Rounds> RunRounds(const RoundOptions& o, const Engine& a, const Engine& b) {
  std::vector<Side> sides;
  for (const Engine* engine : {&a, &b}) {
    VITRT_ASSIGN_OR_RETURN(Side side, Side::Open(*engine, o.threads));
    sides.push_back(std::move(side));
  }
  if (o.steps) {
    for (Side& side : sides) {
      side.profile.steps = true;
      SetProfile(&side.session, &side.profile);
    }
  }
  Rounds rounds;
  rounds.step_ratio.resize(sides[0].profile.step_ms.size());
  for (Side& side : sides) VITRT_RETURN_IF_ERROR(side.RunOnce());  // not counted
  Progress progress(o.what, true);
  const Clock::time_point start = Clock::now();
  for (int64_t round = 0;; ++round) {
    const double done = o.iterations > 0 ? static_cast<double>(round) / static_cast<double>(o.iterations)
                                         : MsSince(start) / 1e3 / o.seconds;
    if (round > 0 && !(done < 1)) return rounds;
    const auto first = static_cast<size_t>(round % 2);
    VITRT_RETURN_IF_ERROR(sides[first].RunOnce());
    VITRT_RETURN_IF_ERROR(sides[1 - first].RunOnce());
    rounds.run_ratio.push_back(sides[1].run_ms / sides[0].run_ms);
    for (size_t i = 0; i < rounds.step_ratio.size(); ++i) {
      const double ms = sides[0].profile.step_ms[i];
      if (ms > 0) rounds.step_ratio[i].push_back(sides[1].profile.step_ms[i] / ms);
    }
    progress.Show(done, std::to_string(round + 1) + " rounds");
  }
}

Result<bool> SameBits(const Engine& a, const Engine& b, const std::vector<int>& threads) {
  for (const int n : threads) {
    for (const int batch : {1, std::min(3, a.info().max_batch)}) {
      VITRT_ASSIGN_OR_RETURN(const std::vector<std::byte> ours, OutputsOf(a, n, batch));
      VITRT_ASSIGN_OR_RETURN(const std::vector<std::byte> theirs, OutputsOf(b, n, batch));
      if (ours != theirs) return false;
    }
  }
  return true;
}

}  // namespace vitrt::cli

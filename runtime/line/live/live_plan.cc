#include "runtime/line/live/live_plan.h"

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/digest/sha256.h"
#include "runtime/line/live/file_stamp.h"

namespace vitrt::line {

EngineOptions Replaceable(EngineOptions options) {
  options.mmap = options.mmap && os::ReplacesOpenFiles();
  return options;
}

Result<LivePlan::Loaded> LivePlan::LoadNow() const {
  VITRT_ASSIGN_OR_RETURN(Engine engine, Engine::Load(path_, Replaceable(options_)));
  VITRT_ASSIGN_OR_RETURN(const RunOptions run, ToRunOptions(exits_, engine.info().exits));
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, {.threads = threads_}));
  VITRT_ASSIGN_OR_RETURN(std::string sha256, Sha256OfFiles({path_}));
  return Loaded{std::move(engine), std::move(session), run, std::move(sha256)};
}

Result<LivePlan> LivePlan::Load(const std::string& path, const EngineOptions& options, int threads,
                                const ExitOptions& exits) {
  LivePlan plan(path, options, threads, exits);
  plan.stamp_ = FileStamp(path);  // before loading: a change in between is seen by the next Refresh
  VITRT_ASSIGN_OR_RETURN(plan.loaded_, plan.LoadNow());
  return plan;
}

Result<bool> LivePlan::Refresh() {
  const std::string stamp = FileStamp(path_);
  if (stamp.empty() || stamp == stamp_) return false;  // missing: between the two steps of a replacement
  stamp_ = stamp;
  VITRT_ASSIGN_OR_RETURN(loaded_, LoadNow());
  return true;
}

}  // namespace vitrt::line

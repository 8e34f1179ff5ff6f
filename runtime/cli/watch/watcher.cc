#include "runtime/cli/watch/watcher.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/answer/prediction_format.h"
#include "runtime/line/audit/auditor.h"
#include "runtime/line/images/image_list.h"
#include "runtime/line/live/live_plan.h"
#include "runtime/line/text/csv.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/watch/hot_folder.h"
#include "runtime/line/watch/journal.h"
#include "runtime/line/watch/results.h"
#include "runtime/line/watch/stop_signal.h"

namespace vitrt::cli {
namespace {

using Clock = std::chrono::steady_clock;
using watch::HotFolder;

constexpr std::chrono::seconds kLookAtPlan{1};
constexpr int kTop = 1;

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

class Watcher {
 public:
  static Result<Watcher> Create(const WatchOptions& o, watch::StopSignal* stop) {
    VITRT_ASSIGN_OR_RETURN(LivePlan plan, LivePlan::Load(o.plan, EngineOptionsOf(o.common), o.common.threads, o.exits));
    if (const auto warning = ThresholdWarning(plan.run())) PrintWarning(*warning);
    VITRT_ASSIGN_OR_RETURN(HotFolder folder,
                           HotFolder::Open(o.folder, Milliseconds(o.settle_seconds),
                                           [](const std::string& name) { return HasImageName(name); }));
    const std::string journal_path = o.journal.empty() ? o.folder + "/.vitrt-watch" : o.journal;
    VITRT_ASSIGN_OR_RETURN(watch::Journal journal, watch::Journal::Open(journal_path));
    VITRT_ASSIGN_OR_RETURN(watch::Results results,
                           watch::Results::Open(o.json_out, o.csv_out, PredictionCsvHeader(kTop), journal.results()));
    VITRT_ASSIGN_OR_RETURN(Auditor auditor, Auditor::Create(o.audit, AuditContextOf(o.common, o.exits.deadline_ms)));
    VITRT_RETURN_IF_ERROR(auditor.UsePlan(plan.engine(), plan.run()));
    return Watcher(o, stop, std::move(plan), std::move(folder), std::move(journal), std::move(results),
                   std::move(auditor));
  }

  Result<int> Run() {
    Clock::time_point next_rescan = Clock::now() + Milliseconds(options_.rescan_seconds);
    ForgetVanished();
    while (!stop_->came()) {
      VITRT_RETURN_IF_ERROR(folder_.ReadEvents());
      for (const std::string& name : folder_.TakeRemoved()) journal_.Forget(name);
      VITRT_RETURN_IF_ERROR(LookAtPlan());
      if (const auto file = folder_.Next()) {
        VITRT_RETURN_IF_ERROR(Take(*file));
        continue;
      }
      if (options_.once && !folder_.waiting()) break;
      if (Clock::now() >= next_rescan) {
        VITRT_RETURN_IF_ERROR(folder_.Rescan());
        ForgetVanished();
        next_rescan = Clock::now() + Milliseconds(options_.rescan_seconds);
        continue;
      }
      Wait(std::min(next_rescan, folder_.NextDue().value_or(next_rescan)));
    }
    VITRT_RETURN_IF_ERROR(auditor_.Finish());
    PrintNote("answered " + std::to_string(answered_) + " images, refused " + std::to_string(refused_));
    return options_.once && refused_ > 0 ? static_cast<int>(StatusCode::kBadInput) : 0;
  }

 private:
  Watcher(const WatchOptions& o, watch::StopSignal* stop, LivePlan plan, HotFolder folder, watch::Journal journal,
          watch::Results results, Auditor auditor)
      : options_(o),
        stop_(stop),
        plan_(std::move(plan)),
        folder_(std::move(folder)),
        journal_(std::move(journal)),
        results_(std::move(results)),
        auditor_(std::move(auditor)) {}

  std::string PathOf(const std::string& name) const { return options_.folder + "/" + name; }

  void ForgetVanished() {
    journal_.ForgetUnless([&](const std::string& name) { return std::filesystem::exists(PathOf(name)); });
  }

  void Wait(Clock::time_point until) const {
    const auto time = std::clamp<Clock::duration>(until - Clock::now(), Clock::duration::zero(), kLookAtPlan);
    pollfd descriptors[] = {{folder_.descriptor(), POLLIN, 0}, {stop_->descriptor(), POLLIN, 0}};
    poll(descriptors, 2, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(time).count()));
  }

  // A plan that cannot be used is noted, and the old one goes on.
  Status LookAtPlan() {
    const Result<bool> replaced = plan_.Refresh();
    if (!replaced.ok()) PrintNote("the new plan is not used: " + replaced.status().ToString());
    if (!replaced.ok() || !*replaced) return {};
    PrintNote("plan replaced: " + options_.plan + " (" + plan_.engine().info().model_name + ")");
    return auditor_.UsePlan(plan_.engine(), plan_.run());
  }

  // Answers the file, or leaves it for later: unfinished, or its answer could not be written.
  Status Take(const HotFolder::File& file) {
    if (journal_.Has(file.name, file.id)) return {};
    const std::string path = PathOf(file.name);
    const auto bytes = FileBytes::Open(path, FileBytes::Mode::kRead);
    RunOptions run = plan_.run();
    auditor_.Prepare(&run);
    auto answer = bytes.ok() ? plan_.session().RunFile(bytes->bytes(), run) : Result<Prediction>(bytes.status());
    if (!answer.ok()) {
      if (answer.status().code() != StatusCode::kBadInput) return Status(answer.status()).Within(path);
      return file.settled ? Refuse(file, path, answer.status()) : Postpone(file);
    }
    const PlanInfo& info = plan_.engine().info();
    const std::string json = PredictionJson(info, path, *answer, kTop);
    if (!Write(file, json, PredictionCsvLine(info, path, *answer, kTop))) return {};
    ++answered_;
    Print(options_.common.json ? json
                               : PredictionText(info, plan_.run().policy.value_or(PolicyOf(plan_.engine())),
                                                WidthsFor(info, {path}), path, *answer, kTop));
    return auditor_.Answered(path, bytes->bytes(), *answer, &plan_.session());
  }

  Status Postpone(const HotFolder::File& file) {
    folder_.Later(file);
    return {};
  }

  Status Refuse(const HotFolder::File& file, const std::string& path, const Status& why) {
    const std::string json = JsonLine({{"image", path}, {"error", why.what()}});
    if (!Write(file, json, CsvRow({path, "", "", "", "", "", "", "", "", "", "unreadable"}))) return {};
    ++refused_;
    if (options_.common.json) Print(json);
    PrintError(Status(StatusCode::kBadInput, why.what(), path));
    auditor_.Refused(path, why);
    return {};
  }

  // False if the disk is full: the file is tried again after a while, said once.
  bool Write(const HotFolder::File& file, const std::string& json, const std::string& csv) {
    const watch::Extents before = results_.extents();
    Status status = results_.Append(json, csv);
    if (status.ok()) status = journal_.Add(file.name, file.id, results_.extents());
    if (!status.ok()) results_.TakeBack(before);
    if (status.ok()) {
      write_fails_ = false;
      return true;
    }
    if (!write_fails_) PrintNote(status.ToString() + "; trying again until it can be written");
    write_fails_ = true;
    folder_.Later(file);
    return false;
  }

  static void Print(const std::string& line) {
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
  }

  WatchOptions options_;
  watch::StopSignal* stop_;
  LivePlan plan_;
  HotFolder folder_;
  watch::Journal journal_;
  watch::Results results_;
  Auditor auditor_;
  int64_t answered_ = 0, refused_ = 0;
  bool write_fails_ = false;
};

}  // namespace

Result<int> Watch(const WatchOptions& options) {
  watch::StopSignal stop;
  VITRT_ASSIGN_OR_RETURN(Watcher watcher, Watcher::Create(options, &stop));
  return watcher.Run();
}

}  // namespace vitrt::cli

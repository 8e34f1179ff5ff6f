#include "runtime/cli/watch/watcher.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/pending_file.h"
#include "runtime/cli/watch/image_work.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/answer/prediction_format.h"
#include "runtime/line/audit/record.h"
#include "runtime/line/audit/shadow.h"
#include "runtime/line/images/image_list.h"
#include "runtime/line/live/live_plan.h"
#include "runtime/line/watch/hot_folder.h"
#include "runtime/line/watch/stop_signal.h"

namespace vitrt::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using watch::HotFolder;

constexpr std::chrono::seconds kLookAround{1};  // at the plan, and whether what was full has room
constexpr const char* kJournalOf010 = ".vitrt-watch";

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

// No output is the plan or something of the folder, now or once it is written.
Status CheckFiles(const WatchOptions& o, const std::string& journal) {
  NamedFiles inputs = {{"the plan", o.plan}}, outputs = OutputsOf(o.audit);
  std::error_code error;
  for (fs::directory_iterator at(o.folder, error), end; !error && at != end; at.increment(error)) {
    if (HasImageName(at->path().string())) inputs.push_back({"an image", at->path().string()});
  }
  outputs.insert(outputs.end(), {{"--json-out", o.json_out}, {"--csv-out", o.csv_out}, {"--journal", journal}});
  VITRT_RETURN_IF_ERROR(CheckOutputs(inputs, outputs));
  for (const NamedFile& output : outputs) {
    const fs::path path = FollowLinks(output.path);
    if (output.path.empty() || !HasImageName(path.string())) continue;
    const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
    if (fs::equivalent(folder, o.folder, error) && !error)
      return InvalidArgument(output.role + " would be taken for an image", output.path);
  }
  return {};
}

// The journal of version 0.1.0 stood in the folder itself.
Result<watch::Journal> OpenJournal(const WatchOptions& o, const std::string& path) {
  VITRT_ASSIGN_OR_RETURN(watch::Journal journal, watch::Journal::Open(path));
  const std::string old = o.folder + "/" + kJournalOf010;
  if (o.journal.empty() && journal.empty() && fs::exists(fs::symlink_status(old))) {
    const Status status = journal.TakeOver(old);
    PrintNote(status.ok() ? "took over the journal " + old + ", which may be removed"
                          : "the old journal is not taken over: " + status.ToString());
  }
  if (journal.bad_lines() > 0) {
    PrintNote("skipped " + std::to_string(journal.bad_lines()) + " lines that are not a journal's: " + path);
  }
  return journal;
}

class Watcher {
 public:
  static Result<Watcher> Create(const WatchOptions& o, watch::StopSignal* stop) {
    std::string journal_path = o.journal;
    if (journal_path.empty()) {
      VITRT_ASSIGN_OR_RETURN(journal_path, watch::DefaultJournalPath(o.folder));
    }
    VITRT_ASSIGN_OR_RETURN(LivePlan plan, LivePlan::Load(o.plan, EngineOptionsOf(o.common), o.common.threads, o.exits));
    VITRT_RETURN_IF_ERROR(CheckFiles(o, journal_path));
    if (const auto warning = ThresholdWarning(plan.run())) PrintWarning(*warning);
    NoteOtherMachine(plan.engine());
    VITRT_ASSIGN_OR_RETURN(HotFolder folder,
                           HotFolder::Open(o.folder, Milliseconds(o.settle_seconds),
                                           [](const std::string& name) { return HasImageName(name); }));
    if (o.journal.empty()) VITRT_RETURN_IF_ERROR(folder.Lock());  // another user has another default journal
    VITRT_ASSIGN_OR_RETURN(watch::Journal journal, OpenJournal(o, journal_path));
    VITRT_ASSIGN_OR_RETURN(watch::Results results,
                           watch::Results::Open({o.json_out, o.csv_out}, watch::ResultCsvHeader(),
                                                static_cast<int64_t>(o.out_megabytes * 1e6)));
    VITRT_ASSIGN_OR_RETURN(Auditor auditor, Auditor::Create(o.audit, AuditContextOf(o.common, o.exits.deadline_ms)));
    VITRT_RETURN_IF_ERROR(auditor.UsePlan(plan.engine(), plan.run()));
    return Watcher(o, stop, std::move(plan), std::move(folder), ImageWork(std::move(journal), std::move(results)),
                   std::move(auditor));
  }

  Result<int> Run() {
    VITRT_RETURN_IF_ERROR(Recover());
    Clock::time_point next_rescan = Clock::now() + Milliseconds(options_.rescan_seconds);
    ForgetVanished();
    while (!stop_->came()) {
      if (stop_->TakeHangup()) {
        if (const Status status = work_.Refresh(); !status.ok()) PrintNote(status.ToString());
      }
      VITRT_RETURN_IF_ERROR(folder_.ReadEvents());
      for (const std::string& name : folder_.TakeRemoved()) work_.journal().Forget(name);
      SayOfFolders();
      if (work_.open()) {  // nothing else is answered until this is written
        VITRT_RETURN_IF_ERROR(Finish());
        if (work_.open()) Wait(Clock::now() + kLookAround);
        continue;
      }
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
    return End();
  }

 private:
  Watcher(const WatchOptions& o, watch::StopSignal* stop, LivePlan plan, HotFolder folder, ImageWork work,
          Auditor auditor)
      : options_(o),
        stop_(stop),
        plan_(std::move(plan)),
        folder_(std::move(folder)),
        work_(std::move(work)),
        auditor_(std::move(auditor)) {}

  Result<int> End() {
    if (work_.open()) PrintNote("not yet written, and completed at the next start: the answer to " + work_.path());
    PrintNote("answered " + std::to_string(answered_) + " images, refused " + std::to_string(refused_) +
              ", could not read " + std::to_string(unread_.size()) + ", gone before their turn " +
              std::to_string(folder_.vanished() + vanished_) + ", sub-folders left alone " +
              std::to_string(folder_.subfolders().size()));
    VITRT_RETURN_IF_ERROR(auditor_.Finish());
    const bool bad = options_.once && (refused_ > 0 || !unread_.empty());
    return bad ? static_cast<int>(StatusCode::kBadInput) : 0;
  }

  std::string PathOf(const std::string& name) const { return options_.folder + "/" + name; }

  void ForgetVanished() {
    work_.journal().ForgetUnless([&](const std::string& name) { return fs::exists(PathOf(name)); });
  }

  void SayOfFolders() {
    if (folder_.subfolders().size() == folders_said_) return;
    folders_said_ = folder_.subfolders().size();
    PrintNote("sub-folders are left alone: " + std::to_string(folders_said_) + " in " + options_.folder +
              ", the last " + *folder_.subfolders().rbegin());
  }

  void Wait(Clock::time_point until) const {
    const auto time = std::clamp<Clock::duration>(until - Clock::now(), Clock::duration::zero(), kLookAround);
    pollfd descriptors[] = {{folder_.descriptor(), POLLIN, 0}, {stop_->descriptor(), POLLIN, 0}};
    poll(descriptors, 2, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(time).count()));
  }

  // A plan that cannot be used is noted, and the old one goes on.
  Status LookAtPlan() {
    const Result<bool> replaced = plan_.Refresh();
    if (!replaced.ok()) PrintNote("the new plan is not used: " + replaced.status().ToString());
    if (!replaced.ok() || !*replaced) return {};
    NoteOtherMachine(plan_.engine());
    PrintNote("plan replaced: " + options_.plan + " (" + plan_.engine().info().model_name + ")");
    return auditor_.UsePlan(plan_.engine(), plan_.run());
  }

  // Completes the image that was in hand when the last process was killed: what was written of it is not written again.
  Status Recover() {
    const auto path_of = [&](const watch::Image& image) { return PathOf(image.name); };
    std::vector<watch::Image> waiting;
    for (const std::string& name : folder_.WaitingNames()) waiting.push_back({name, folder_.IdOf(name), ""});
    std::erase_if(waiting, [&](const watch::Image& i) { return work_.journal().Has(i.name, i.id); });
    work_.FindUnfinished(waiting, path_of);
    const std::optional<watch::Image> image = work_.Unfinished(path_of);
    if (!image || folder_.IdOf(image->name) != image->id) return {};
    return Take({image->name, image->id, true});
  }

  // Answers the file, or leaves it for later.
  Status Take(const HotFolder::File& file) {
    if (work_.journal().Has(file.name, file.id)) return {};
    const std::string path = PathOf(file.name);
    std::error_code error;
    const bool empty = fs::file_size(path, error) == 0 && !error;
    Result<FileBytes> bytes = FileBytes::Open(path, FileBytes::Mode::kRead);
    if (!bytes.ok() && !empty) return Unread(file, path, bytes.status());
    unread_.erase(file.name);
    watch::Image image{file.name, file.id, bytes.ok() ? audit::HashText(audit::ImageHash(bytes->bytes())) : ""};
    if (work_.journal().HasBytes(file.name, image.hash)) return work_.SameBytes(image);
    RunOptions run = plan_.run();
    auditor_.Prepare(&run);
    Result<Prediction> answer =
        bytes.ok() ? plan_.session().RunFile(bytes->bytes(), run) : Result<Prediction>(bytes.status());
    if (!answer.ok()) {
      if (answer.status().code() != StatusCode::kBadInput) return Status(answer.status()).Within(path);
      if (!file.settled) {
        folder_.Later(file);
        return {};
      }
    }
    const watch::Identity identity{path, audit::TimeNow(), image.hash, plan_.sha256()};
    work_.Open(std::move(image), identity, plan_.engine().info(), std::move(answer),
               bytes.ok() ? std::move(*bytes) : FileBytes());
    return Finish();
  }

  // Tried again, for as long as it is there: rights may change, a server may come back.
  Status Unread(const HotFolder::File& file, const std::string& path, const Status& why) {
    std::error_code error;
    if (!fs::exists(path, error) && !error) {
      ++vanished_;
      return {};
    }
    if (unread_.insert(file.name).second) PrintNote("tried again until it can be read: " + why.ToString());
    if (!options_.once) folder_.Later(file);
    return {};
  }

  // Once it is all written, says so, counts and logs it. On a full disk it is tried again, which is said once.
  Status Finish() {
    const Status status = work_.Write();
    if (!status.ok()) {
      if (!write_fails_) PrintNote(status.ToString() + "; trying again until it can be written");
      write_fails_ = true;
      return {};
    }
    write_fails_ = false;
    const Result<Prediction>& answer = work_.answer();
    const std::string& path = work_.path();
    if (options_.common.json) Print(work_.json());
    if (answer.ok()) {
      ++answered_;
      const PlanInfo& info = plan_.engine().info();
      const ExitPolicy policy = plan_.run().policy.value_or(PolicyOf(plan_.engine()));
      if (!options_.common.json) Print(PredictionText(info, policy, WidthsFor(info, {path}), path, *answer, 1));
      return auditor_.Answered(path, work_.bytes(), *answer, &plan_.session());
    }
    ++refused_;
    PrintError(Status(StatusCode::kBadInput, answer.status().what(), path));
    auditor_.Refused(path, answer.status());
    return {};
  }

  static void Print(const std::string& line) {
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
  }

  WatchOptions options_;
  watch::StopSignal* stop_;
  LivePlan plan_;
  HotFolder folder_;
  ImageWork work_;
  Auditor auditor_;
  int64_t answered_ = 0, refused_ = 0, vanished_ = 0;
  std::set<std::string> unread_;  // names
  size_t folders_said_ = 0;
  bool write_fails_ = false;
};

}  // namespace

Result<int> Watch(const WatchOptions& options) {
  watch::StopSignal stop;
  VITRT_ASSIGN_OR_RETURN(Watcher watcher, Watcher::Create(options, &stop));
  return watcher.Run();
}

}  // namespace vitrt::cli

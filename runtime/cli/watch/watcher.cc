#include "runtime/cli/watch/watcher.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/cli/watch/image_work.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/audit/auditor.h"
#include "runtime/line/audit/record.h"
#include "runtime/line/audit/shadow.h"
#include "runtime/line/images/image_list.h"
#include "runtime/line/live/live_plan.h"
#include "runtime/line/live/service_notify.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/sinks/part_pattern.h"
#include "runtime/line/watch/cameras.h"
#include "runtime/line/watch/stop_signal.h"

namespace vitrt::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using watch::HotFolder;

constexpr std::chrono::seconds kCheckInterval{1};  // interval of checks for a new plan and for room on a full disk

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

watch::CamerasOptions CamerasOptionsOf(const WatchOptions& o) {
  return {.folders = o.folders,
          .subfolders = o.subfolders,
          .settle = Milliseconds(o.settle_seconds),
          .journal = o.journal,
          .accepts = [](const std::string& name) { return HasImageName(name); },
          .note = PrintNote};
}

class Watcher {
 public:
  static Result<Watcher> Create(const WatchOptions& o, watch::StopSignal* stop) {
    VITRT_ASSIGN_OR_RETURN(const sinks::PartPattern parts, sinks::PartPattern::Create(o.part_pattern));
    VITRT_ASSIGN_OR_RETURN(LivePlan plan, LivePlan::Load(o.plan, EngineOptionsOf(o.common), o.common.threads, o.exits));
    VITRT_RETURN_IF_ERROR(CheckPaths(o));
    if (const auto warning = ThresholdWarning(plan.run())) PrintWarning(*warning);
    PrintNotesOf(plan.engine());
    VITRT_ASSIGN_OR_RETURN(watch::Cameras cameras, watch::Cameras::Open(CamerasOptionsOf(o)));
    VITRT_ASSIGN_OR_RETURN(watch::Results results,
                           watch::Results::Open({o.json_out, o.csv_out}, watch::ResultCsvHeader(),
                                                static_cast<int64_t>(o.out_megabytes * 1e6)));
    VITRT_ASSIGN_OR_RETURN(Auditor auditor, Auditor::Create(o.audit, AuditContextOf(o.common, o.exits.deadline_ms)));
    VITRT_RETURN_IF_ERROR(auditor.UsePlan(plan.engine(), plan.run()));
    VITRT_ASSIGN_OR_RETURN(watch::DoubtfulFolder doubtful, watch::DoubtfulFolder::Open(o.doubtful));
    watch::DoneFolder done;
    if (!o.done.empty()) {
      VITRT_ASSIGN_OR_RETURN(done, watch::DoneFolder::Open(o.done));
    }
    const bool several = o.folders.size() > 1 || o.subfolders;
    VITRT_ASSIGN_OR_RETURN(sinks::Sinks sinks, sinks::Sinks::Open(o.sinks, plan.engine().info().labels, PrintNote));
    return Watcher(
        o, stop,
        {std::move(plan), std::move(cameras), ImageWork({std::move(results), std::move(sinks), done, o.sort, several}),
         std::move(auditor), parts, std::move(doubtful)});
  }

  Result<int> Run() {
    for (const auto& camera : cameras_.all()) VITRT_RETURN_IF_ERROR(Recover(camera.get()));
    NotifyService("READY=1");
    Clock::time_point next_rescan = Clock::now() + Milliseconds(options_.rescan_seconds);
    while (!stop_->came()) {
      if (stop_->TakeHangup()) {
        if (const Status status = work_.Refresh(); !status.ok()) PrintNote(status.ToString());
      }
      VITRT_RETURN_IF_ERROR(cameras_.ReadEvents());
      TellServiceManager();
      if (work_.open()) {  // no other image is run until this one is written
        VITRT_RETURN_IF_ERROR(Finish());
        if (work_.open()) Wait(Clock::now() + kCheckInterval);
        continue;
      }
      VITRT_RETURN_IF_ERROR(cameras_.TakeSubfolders());
      VITRT_RETURN_IF_ERROR(CheckPlan());
      if (const auto turn = cameras_.Next()) {
        VITRT_RETURN_IF_ERROR(Take(turn->camera, turn->file));
        continue;
      }
      if (options_.once && !cameras_.waiting()) break;
      if (Clock::now() >= next_rescan) {
        VITRT_RETURN_IF_ERROR(cameras_.Rescan());
        next_rescan = Clock::now() + Milliseconds(options_.rescan_seconds);
        continue;
      }
      Wait(std::min(next_rescan, cameras_.NextDue().value_or(next_rescan)));
    }
    NotifyService("STOPPING=1");
    return End();
  }

 private:
  struct Parts {
    LivePlan plan;
    watch::Cameras cameras;
    ImageWork work;
    Auditor auditor;
    sinks::PartPattern parts;
    watch::DoubtfulFolder doubtful;
  };
  Watcher(const WatchOptions& o, watch::StopSignal* stop, Parts parts)
      : options_(o),
        stop_(stop),
        plan_(std::move(parts.plan)),
        cameras_(std::move(parts.cameras)),
        work_(std::move(parts.work)),
        auditor_(std::move(parts.auditor)),
        parts_(std::move(parts.parts)),
        doubtful_(std::move(parts.doubtful)) {}

  Result<int> End() {
    if (work_.open()) PrintNote("not yet written, and completed at the next start: the prediction for " + work_.path());
    size_t unread = 0;
    for (const auto& camera : cameras_.all()) unread += camera->unread.size();
    PrintNote("classified " + std::to_string(classified_) + " images, refused " + std::to_string(refused_) +
              ", could not read " + std::to_string(unread) + ", removed before they were read " +
              std::to_string(cameras_.vanished() + vanished_) + ", sub-folders left alone " +
              std::to_string(cameras_.subfolders_left_alone()));
    work_.FinishSinks();
    VITRT_RETURN_IF_ERROR(auditor_.Finish());
    const bool bad = options_.once && (refused_ > 0 || unread > 0);
    return bad ? static_cast<int>(StatusCode::kBadInput) : 0;
  }

  void Wait(Clock::time_point until) const {
    const auto time = std::clamp<Clock::duration>(until - Clock::now(), Clock::duration::zero(), kCheckInterval);
    std::vector<os::Waitable> things = cameras_.waitables();
    things.insert(things.begin(), stop_->waitable());
    os::WaitForAny(things, std::chrono::ceil<std::chrono::milliseconds>(time));
  }

  void TellServiceManager() {
    if (Clock::now() < next_sign_) return;
    NotifyService("WATCHDOG=1");
    next_sign_ = Clock::now() + kCheckInterval;
  }

  // A plan that cannot be used is noted, and the old one stays in use.
  Status CheckPlan() {
    const Result<bool> replaced = plan_.Refresh();
    if (!replaced.ok()) PrintNote("the new plan is not used: " + replaced.status().ToString());
    if (!replaced.ok() || !*replaced) return {};
    PrintNotesOf(plan_.engine());
    PrintNote("plan replaced: " + options_.plan + " (" + plan_.engine().info().model_name + ")");
    return auditor_.UsePlan(plan_.engine(), plan_.run());
  }

  // Completes the image that was being written when the last process was killed. Nothing of it is written twice.
  Status Recover(watch::Camera* camera) {
    std::vector<watch::Image> waiting;
    for (const std::string& name : camera->hot.WaitingNames()) waiting.push_back({name, camera->hot.IdOf(name), ""});
    std::erase_if(waiting, [&](const watch::Image& i) { return camera->journal.Has(i.name, i.id); });
    work_.FindUnfinished(camera, waiting);
    const std::optional<watch::Image> image = work_.Unfinished(camera);
    if (!image || camera->hot.IdOf(image->name) != image->id) return {};
    return Take(camera, {image->name, image->id, true});
  }

  // Classifies the file, or leaves it for later.
  Status Take(watch::Camera* camera, const HotFolder::File& file) {
    if (camera->journal.Has(file.name, file.id)) return {};
    const std::string path = camera->PathOf(file.name);
    const auto facts = os::Look(path);
    const bool empty = facts && facts->bytes == 0;
    Result<FileBytes> bytes = FileBytes::Open(path, FileBytes::Mode::kRead);
    if (!bytes.ok() && !empty) return Unread(camera, file, bytes.status());
    camera->unread.erase(file.name);
    watch::Image image{file.name, file.id, bytes.ok() ? audit::HashText(audit::ImageHash(bytes->bytes())) : ""};
    // The file is another one, or was touched, but has bytes that were classified before.
    if (camera->journal.HasBytes(file.name, image.hash)) return camera->journal.Done(image);
    RunOptions run = plan_.run();
    auditor_.Prepare(&run);
    Result<Prediction> prediction =
        bytes.ok() ? plan_.session().RunFile(bytes->bytes(), run) : Result<Prediction>(bytes.status());
    if (!prediction.ok()) {
      if (prediction.status().code() != StatusCode::kBadInput) return Status(prediction.status()).Within(path);
      if (!file.settled) {
        camera->hot.Later(file);
        return {};
      }
    }
    watch::Identity identity{path, audit::TimeNow(), image.hash, plan_.sha256()};
    if (cameras_.all().size() > 1) identity.camera = camera->name;
    identity.part = parts_.PartOf(file.name);
    if (file.closed) {
      const std::chrono::duration<double, std::milli> latency = std::chrono::system_clock::now() - *file.closed;
      identity.latency_ms = std::max(0.0, latency.count());
    }
    work_.Open(
        camera,
        {std::move(image), std::move(identity), std::move(prediction), bytes.ok() ? std::move(*bytes) : FileBytes()},
        plan_.engine().info());
    return Finish();
  }

  // Tried again until the file is gone: its permissions may change, a file server may come back.
  Status Unread(watch::Camera* camera, const HotFolder::File& file, const Status& why) {
    if (!os::Look(camera->PathOf(file.name)) && errno == ENOENT) {
      ++vanished_;
      return {};
    }
    if (camera->unread.insert(file.name).second) PrintNote("tried again until it can be read: " + why.ToString());
    if (!options_.once) camera->hot.Later(file);
    return {};
  }

  // Once the image is written everywhere, prints, counts and logs it. A full disk is noted once and tried again.
  Status Finish() {
    const Status status = work_.Write();
    if (!status.ok()) {
      if (!write_fails_) PrintNote(status.ToString() + "; trying again until it can be written");
      write_fails_ = true;
      return {};
    }
    write_fails_ = false;
    const Result<Prediction>& prediction = work_.prediction();
    const std::string& path = work_.path();
    if (options_.common.json) Print(work_.json());
    if (prediction.ok()) {
      ++classified_;
      const PlanInfo& info = plan_.engine().info();
      const ExitPolicy policy = plan_.run().policy.value_or(PolicyOf(plan_.engine()));
      if (!options_.common.json) Print(PredictionText(info, policy, WidthsFor(info, {path}), path, *prediction, 1));
      const int label = prediction->label;  // the shadow run overwrites the prediction's memory
      const double confidence = label < 0 ? 0 : prediction->confidence;
      VITRT_ASSIGN_OR_RETURN(const std::optional<int> last,
                             auditor_.Classified(Source(), work_.bytes(), *prediction, &plan_.session()));
      return KeepDoubtful(confidence, last && *last != label);
    }
    ++refused_;
    PrintError(Status(StatusCode::kBadInput, prediction.status().what(), path));
    auditor_.Refused(Source(), prediction.status());
    return {};
  }

  Status KeepDoubtful(double confidence, bool disagreed) {
    const watch::Identity& i = work_.identity();
    const Status status = doubtful_.Offer(
        {os::NameOf(os::PathOf(i.image).filename()), i.hash, work_.json(), confidence, disagreed, work_.bytes()});
    if (!status.ok() && !keeping_fails_) PrintNote(status.ToString() + "; inference continues");
    keeping_fails_ = !status.ok();
    return {};
  }

  audit::Source Source() const {
    const watch::Identity& i = work_.identity();
    return {i.image, i.camera, i.part, i.latency_ms};
  }

  static void Print(const std::string& line) {
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
  }

  WatchOptions options_;
  watch::StopSignal* stop_;
  LivePlan plan_;
  watch::Cameras cameras_;
  ImageWork work_;
  Auditor auditor_;
  sinks::PartPattern parts_;
  watch::DoubtfulFolder doubtful_;
  Clock::time_point next_sign_{};  // of life, to the service manager
  int64_t classified_ = 0, refused_ = 0, vanished_ = 0;
  bool write_fails_ = false, keeping_fails_ = false;
};

}  // namespace

Result<int> Watch(const WatchOptions& options) {
  watch::StopSignal stop;
  VITRT_ASSIGN_OR_RETURN(Watcher watcher, Watcher::Create(options, &stop));
  return watcher.Run();
}

}  // namespace vitrt::cli

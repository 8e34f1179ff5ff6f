#include "runtime/line/serve/server.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "runtime/base/check.h"
#include "runtime/line/live/service_notify.h"
#include "runtime/line/serve/router.h"
#include "runtime/line/serve/run_jobs.h"
#include "runtime/line/serve/scheduler.h"
#include "runtime/line/serve/serve_metrics.h"

namespace vitrt::serve {
namespace {

constexpr std::chrono::seconds kLookAtPlans{1};

using Models = std::vector<std::unique_ptr<ServedModel>>;

// Why a tune file beside a plan that was just loaded is not used.
void NoteTuneFile(const ServedModel& model, const std::function<void(const std::string&)>& note) {
  const auto generation = model.current();
  if (!generation->engine.info().tune_note.empty()) note(generation->engine.info().tune_note);
}

// Checks for newer plans on its own thread: loading may take long and must not delay requests.
class PlanWatch {
 public:
  PlanWatch(Models* models, PredictionRecorder* recorder, std::function<void(const std::string&)> note)
      : models_(*models), recorder_(*recorder), note_(std::move(note)), thread_([this] { Watch(); }) {}
  ~PlanWatch() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void Watch() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!wake_.wait_for(lock, kLookAtPlans, [this] { return stopping_; })) {
      lock.unlock();
      for (const auto& model : models_) Look(model.get());
      line::NotifyService("WATCHDOG=1");
      lock.lock();
    }
  }
  void Look(ServedModel* model) const {
    const Result<bool> taken = model->Refresh();
    if (!taken.ok()) return note_("the new plan of '" + model->name() + "' is not used: " + taken.status().ToString());
    if (!*taken) return;
    recorder_.UsePlan(model->name(), model->current()->sha256);
    note_("plan of '" + model->name() + "' replaced: " + model->path());
    NoteTuneFile(*model, note_);
  }

  Models& models_;
  PredictionRecorder& recorder_;
  std::function<void(const std::string&)> note_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all the others
};

Result<Models> LoadModels(const ServerOptions& options) {
  Models models;
  Status first_error;
  bool any = false;
  for (const NamedPlan& plan : options.plans) {
    models.push_back(std::make_unique<ServedModel>(plan.name, plan.path, options.model));
    const Result<bool> loaded = models.back()->Refresh();
    any |= loaded.ok();
    if (loaded.ok()) {
      NoteTuneFile(*models.back(), options.note);
      continue;
    }
    if (first_error.ok()) first_error = loaded.status();
    options.note("'" + plan.name + "' is not served: " + loaded.status().ToString());
  }
  if (!any) return first_error;
  return models;
}

Status CheckFiles(const ServerOptions& options) {
  line::NamedFiles inputs = options.inputs;
  line::OutputFiles outputs = audit::OutputsOf(options.audit);
  const line::NamedFiles to_sinks = sinks::InputsOf(options.sinks);
  inputs.insert(inputs.end(), to_sinks.begin(), to_sinks.end());
  for (const NamedPlan& plan : options.plans) inputs.push_back({"the plan", plan.path});
  inputs.insert(inputs.end(), {{"--tls-certificate", options.http.certificate}, {"--tls-key", options.http.key}});
  const line::OutputFiles of_sinks = sinks::OutputsOf(options.sinks);
  outputs.insert(outputs.end(), of_sinks.begin(), of_sinks.end());
  return line::CheckOutputs(inputs, outputs);
}

Result<PredictionRecorderOptions> RecorderOptionsOf(const ServerOptions& options, const Models& models) {
  VITRT_RETURN_IF_ERROR(CheckFiles(options));
  std::vector<std::string> names, labels;
  for (const auto& model : models) {
    names.push_back(model->name());
    const std::shared_ptr<Generation> generation = model->current();
    if (!generation) continue;
    const std::vector<std::string>& more = generation->engine.info().labels;
    labels.insert(labels.end(), more.begin(), more.end());
  }
  std::optional<line::AppendFile> log;
  if (!options.audit.log.empty()) {
    VITRT_ASSIGN_OR_RETURN(log, audit::OpenLog(options.audit));
  }
  VITRT_ASSIGN_OR_RETURN(sinks::Sinks sinks, sinks::Sinks::Open(options.sinks, labels, options.note));
  return PredictionRecorderOptions{options.version,       std::move(names), options.model.exits.deadline_ms,
                                   options.model.threads, std::move(log),   std::move(sinks),
                                   options.note};
}

}  // namespace

Result<std::vector<NamedPlan>> ParseNamedPlans(const std::vector<std::string>& arguments) {
  std::vector<NamedPlan> plans;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == argument.size()) {
      return InvalidArgument("'" + argument + "' is not NAME=model.plan", "command line");
    }
    NamedPlan plan{argument.substr(0, equals), argument.substr(equals + 1)};
    const bool twice = std::any_of(plans.begin(), plans.end(), [&](const NamedPlan& p) { return p.name == plan.name; });
    if (twice) return InvalidArgument("two plans are called '" + plan.name + "'", "command line");
    plans.push_back(std::move(plan));
  }
  return plans;
}

Status Serve(const ServerOptions& options) {
  VITRT_ASSIGN_OR_RETURN(Models models, LoadModels(options));
  VITRT_ASSIGN_OR_RETURN(PredictionRecorderOptions kept, RecorderOptionsOf(options, models));
  PredictionRecorder recorder(std::move(kept));
  for (const auto& model : models) {
    if (const auto generation = model->current()) recorder.UsePlan(model->name(), generation->sha256);
  }
  ServeMetrics metrics;
  Router* router = nullptr;
  VITRT_ASSIGN_OR_RETURN(HttpServer server,
                         HttpServer::Listen(options.http, [&router](Request request, Respond respond) {
                           router->Handle(std::move(request), std::move(respond));
                         }));
  {  // the scheduler ends before the server, through which its workers still respond, and before the recorder
    Scheduler scheduler(options.workers, options.queue_limit, [&](std::vector<InferJob> jobs) {
      RunInferJobs(std::move(jobs), {metrics, recorder});
    });
    Router paths(options.version, &models, &scheduler, &metrics, &recorder);
    router = &paths;
    const PlanWatch watch(&models, &recorder, options.note);
    options.listening(server.url());
    line::NotifyService("READY=1");
    server.Run([&paths] {
      paths.Drain();
      line::NotifyService("STOPPING=1");
    });
  }
  return recorder.Finish();
}

}  // namespace vitrt::serve

// vitrt bench: latency, load time, time to the first answer, memory; per exit, segment and step.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/base/cpus.h"
#include "runtime/base/file_bytes.h"
#include "runtime/base/isa.h"
#include "runtime/cli/bench/report.h"
#include "runtime/cli/bench/run.h"
#include "runtime/cli/command.h"
#include "runtime/cli/common/machine.h"
#include "runtime/digest/sha256.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/answer/exit_options.h"
#include "runtime/line/images/image_list.h"

namespace vitrt::cli {
namespace {

struct BenchOptions {
  std::string plan;
  std::vector<std::string> images;
  int batch = 1;
  double warmup = 1, duration = 5;
  bool segments = false, ops = false, pin = false;
  CommonOptions common;
  ExitOptions exits;
};

Result<std::string> HashFile(const std::string& path) {
  VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(path, FileBytes::Mode::kMap));
  return Sha256(file.bytes());
}

Status CheckTimes(const BenchOptions& o) {
  for (const double seconds : {o.warmup, o.duration}) {
    if (!(seconds >= 0) || seconds > 86400)
      return InvalidArgument("--warmup and --duration are seconds, 0 to 86400", "command line");
  }
  return {};
}

Result<int> Bench(const BenchOptions& o) {
  VITRT_RETURN_IF_ERROR(CheckTimes(o));
  BenchReport report;
  const double before_load = MillisecondsSinceStart();
  VITRT_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(o.plan, o.common));
  VITRT_ASSIGN_OR_RETURN(const RunOptions run, RunOptionsOf(o.exits, engine.info().exits));
  const SessionOptions session_options{.threads = o.common.threads, .pin = o.pin, .max_batch = o.batch};
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, session_options));
  if (o.pin) PinThisThread(AllowedCores().front());  // which the session left free
  report.load_ms = MillisecondsSinceStart() - before_load;

  ImageList list;
  Workload work;
  if (o.images.empty()) {
    work = Workload::Random(o.batch, engine);
    report.input = "random tensor";
  } else {
    VITRT_ASSIGN_OR_RETURN(list, FindImages(o.images));
    VITRT_ASSIGN_OR_RETURN(work, Workload::FromImages({list.paths[0]}, o.batch, engine, &session));
    report.input = std::to_string(list.paths.size()) + " images";
  }
  VITRT_RETURN_IF_ERROR(work.RunNext(&session, run).status());
  report.first_answer_ms = MillisecondsSinceStart();
  if (list.paths.size() > 1) {
    VITRT_ASSIGN_OR_RETURN(work, Workload::FromImages(list.paths, o.batch, engine, &session));
  }

  VITRT_RETURN_IF_ERROR(Measure("warm-up", o.warmup, Detail::kNone, run, &work, &session, engine).status());
  VITRT_ASSIGN_OR_RETURN(report.samples, Measure("bench", o.duration, Detail::kNone, run, &work, &session, engine));
  report.peak_rss_bytes = PeakResidentBytes();
  if (o.segments || o.ops) {
    const Detail detail = o.ops ? Detail::kSteps : Detail::kSegments;
    VITRT_ASSIGN_OR_RETURN(report.profiled, Measure("profile", o.duration, detail, run, &work, &session, engine));
  }
  if (o.ops) {
    VITRT_ASSIGN_OR_RETURN(report.peak, MeasurePeak(engine, ThreadsUsed(o.common)));
  }

  report.batch = o.batch;
  report.decodes = work.includes_decoding();
  report.random_input = o.images.empty();
  report.show_segments = o.segments;
  report.show_ops = o.ops;
  report.cpu = CpuModel();
  report.isa = IsaName(engine.isa());
  report.cpu_features = NamesOf(FeaturesOf(engine));
  report.threads = ThreadsUsed(o.common);
  VITRT_ASSIGN_OR_RETURN(report.plan_sha256, HashFile(o.plan));
  const std::string text = o.common.json ? BenchJson(report, engine) : BenchText(report, engine);
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace

Run AddBench(CLI::App* app) {
  auto o = std::make_shared<BenchOptions>();
  app->add_option("plan", o->plan, "plan file")->required()->type_name("PLAN");
  app->add_option("--images", o->images, "images to run, in turn (default: one random tensor)")
      ->type_name("FILE_OR_FOLDER...");
  app->add_option("--batch", o->batch, "images in one run (default 1)")
      ->check(CLI::Range(1, 4096).description(""))
      ->type_name("N");
  app->add_option("--warmup", o->warmup, "seconds that are not counted (default 1)")->type_name("S");
  app->add_option("--duration", o->duration, "seconds that are counted (default 5)")->type_name("S");
  app->add_flag("--segments", o->segments, "also time every segment");
  app->add_flag("--ops", o->ops, "also time every step");
  app->add_flag("--pin", o->pin, "keep each thread on a CPU of its own, one per core first");
  AddExitOptions(app, &o->exits);
  AddCommonOptions(app, true, &o->common);
  return [o] { return Bench(*o); };
}

}  // namespace vitrt::cli

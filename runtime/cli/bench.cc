// vitrt bench: latency, load time, time to the first prediction, memory; per exit, segment and step.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/base/cpus.h"
#include "runtime/base/os/process.h"
#include "runtime/base/os/thread.h"
#include "runtime/cli/bench/options.h"
#include "runtime/cli/bench/pair.h"
#include "runtime/cli/bench/raw.h"
#include "runtime/cli/bench/report.h"
#include "runtime/cli/bench/sessions.h"
#include "runtime/cli/bench/trace.h"
#include "runtime/cli/command.h"
#include "runtime/cli/common/machine.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/files/same_file.h"
#include "runtime/line/images/image_list.h"
#include "runtime/line/prediction/exit_options.h"

namespace vitrt::cli {
namespace {

Status CheckOptions(const BenchOptions& o) {
  for (const double seconds : {o.warmup, o.duration}) {
    if (!(seconds >= 0) || seconds > 86400)
      return InvalidArgument("--warmup and --duration are seconds, 0 to 86400", "command line");
  }
  if (o.pin && o.sessions > 1) return InvalidArgument("is for one session", "--pin");
  return {};
}

Status CheckFiles(const BenchOptions& o, const ImageList& images) {
  NamedFiles inputs = {{"the plan", o.plan}, {"the other plan", o.other}};
  for (const std::string& path : images.paths) inputs.push_back({"an image", path});
  const OutputFile outputs[] = {{"--raw", o.raw, &kinds::kRawTimes}, {"--trace", o.trace, &kinds::kTrace}};
  return CheckOutputs(inputs, outputs);
}

Status WriteText(const std::string& path, const std::string& text) {
  return path.empty() ? Status() : WriteFile(path, std::as_bytes(std::span(text)));
}

// Threads of each session: --threads, or an equal share of the cores that the process may use.
int ThreadsOf(const BenchOptions& o, const Engine& engine) {
  if (o.common.threads > 0) return o.common.threads;
  return std::min(DefaultThreadsOf(engine), std::max(1, DefaultThreads() / o.sessions));
}

// Measures every batch size, one after the other. The first uses the existing lane; the others start their own.
Status MeasureBatches(const BenchOptions& o, const LaneOptions& first, const RunOptions& run, const Engine& engine,
                      Lane* lane, BenchReport* report) {
  std::string raw = std::string(kRawHeader) + "\n";
  for (const int batch : o.batches) {
    LaneOptions options = first;
    options.session.max_batch = batch;
    std::vector<Lane> lanes;
    const bool reuse = report->batches.empty();
    if (reuse) lanes.push_back(std::move(*lane));
    while (lanes.size() < static_cast<size_t>(o.sessions)) {
      VITRT_ASSIGN_OR_RETURN(Lane more, MakeLane(engine, options));
      lanes.push_back(std::move(more));
    }
    VITRT_RETURN_IF_ERROR(MeasureLanes({.what = "warm-up", .seconds = o.warmup}, run, &lanes, engine).status());
    VITRT_ASSIGN_OR_RETURN(const std::vector<Samples> samples,
                           MeasureLanes({.seconds = o.duration, .iterations = o.iterations}, run, &lanes, engine));
    for (size_t i = 0; i < samples.size(); ++i) raw += RawRows(o.plan, batch, static_cast<int>(i), samples[i].run_ms);
    report->batches.push_back({batch, Together(samples)});
    if (reuse) *lane = std::move(lanes.front());
  }
  report->peak_rss_bytes = os::PeakResidentBytes();
  report->samples = report->batches.front().samples;
  if (report->batches.size() == 1) report->batches.clear();
  return WriteText(o.raw, raw);
}

// Timers around segments and steps slow the runs a little, so this is a measurement of its own.
Status Profile(const BenchOptions& o, const RunOptions& run, const Engine& engine, Lane* lane, BenchReport* report) {
  if (o.segments || o.ops) {
    const MeasureOptions options{.what = "profile",
                                 .seconds = o.duration,
                                 .iterations = o.iterations,
                                 .detail = o.ops ? Detail::kSteps : Detail::kSegments};
    VITRT_ASSIGN_OR_RETURN(report->profiled, Measure(options, run, &lane->work, &lane->session, engine));
  }
  if (o.ops) {
    VITRT_ASSIGN_OR_RETURN(report->peak, MeasurePeak(engine, ThreadsOf(o, engine)));
  }
  if (o.trace.empty()) return {};
  std::vector<ProfileSpan> spans;
  const MeasureOptions options{.what = "trace", .iterations = kTracedRuns, .detail = Detail::kSteps};
  VITRT_RETURN_IF_ERROR(Measure(options, run, &lane->work, &lane->session, engine, &spans).status());
  return WriteText(o.trace, TraceJson(spans, engine, report->identity));
}

Result<int> BenchOne(const BenchOptions& o, const ImageList& list) {
  BenchReport report;
  const double before_load = MillisecondsSinceStart();
  VITRT_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(o.plan, o.common));
  VITRT_ASSIGN_OR_RETURN(const RunOptions run, RunOptionsOf(o.exits, engine.info().exits));
  LaneOptions lane_options{{.threads = ThreadsOf(o, engine), .pin = o.pin, .max_batch = o.batches[0]}, {}};
  VITRT_ASSIGN_OR_RETURN(Session session, Session::Create(engine, lane_options.session));
  if (o.pin) os::PinThisThread(AllowedCores().front());  // which the session left free
  report.load_ms = MillisecondsSinceStart() - before_load;

  Workload work = Workload::Random(o.batches[0], engine);
  report.input = "random tensor";
  if (!list.paths.empty()) {
    VITRT_ASSIGN_OR_RETURN(work, Workload::FromImages({list.paths[0]}, o.batches[0], engine, &session));
    report.input = std::to_string(list.paths.size()) + " images";
  }
  VITRT_RETURN_IF_ERROR(work.RunNext(&session, run).status());
  report.first_answer_ms = MillisecondsSinceStart();
  if (list.paths.size() > 1) {
    VITRT_ASSIGN_OR_RETURN(work, Workload::FromImages(list.paths, o.batches[0], engine, &session));
  }
  report.batch = o.batches[0];
  report.sessions = o.sessions;
  report.decodes = work.includes_decoding();
  report.random_input = o.images.empty();
  report.show_segments = o.segments;
  report.show_ops = o.ops;
  lane_options.images = list.paths;
  Lane lane{std::move(session), std::move(work)};
  VITRT_RETURN_IF_ERROR(MeasureBatches(o, lane_options, run, engine, &lane, &report));
  VITRT_ASSIGN_OR_RETURN(report.identity, IdentityOf(engine, ThreadsOf(o, engine)));
  VITRT_RETURN_IF_ERROR(Profile(o, run, engine, &lane, &report));
  std::fputs((o.common.json ? BenchJson(report, engine) : BenchText(report, engine)).c_str(), stdout);
  return 0;
}

Result<int> BenchTwo(const BenchOptions& o) {
  VITRT_ASSIGN_OR_RETURN(const PairReport report, BenchPair(o));
  std::string raw = std::string(kRawHeader) + "\n";
  for (const PairReport::Plan& plan : report.plans) raw += RawRows(plan.path, report.batch, 0, plan.run_ms);
  VITRT_RETURN_IF_ERROR(WriteText(o.raw, raw));
  std::fputs((o.common.json ? PairJson(report) : PairText(report)).c_str(), stdout);
  return 0;
}

Result<int> Bench(const BenchOptions& o) {
  VITRT_RETURN_IF_ERROR(CheckOptions(o));
  ImageList list;
  if (!o.images.empty()) {
    VITRT_ASSIGN_OR_RETURN(list, FindImages(o.images));
  }
  VITRT_RETURN_IF_ERROR(CheckFiles(o, list));
  return o.other.empty() ? BenchOne(o, list) : BenchTwo(o);
}

}  // namespace

Run AddBench(CLI::App* app) {
  auto o = std::make_shared<BenchOptions>();
  app->add_option("plan", o->plan, "plan file")->required()->type_name("PLAN");
  app->add_option("other", o->other, "a second plan: both run in alternating rounds, with the ratio of their times")
      ->type_name("PLAN");
  app->add_option("--images", o->images, "images to run, in turn (default: one random tensor)")
      ->type_name("FILE_OR_FOLDER...");
  app->add_option("--batch", o->batches, "images per run (default 1); several sizes are measured one after the other")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 4096).description(""))
      ->type_name("N,...");
  app->add_option("--sessions", o->sessions, "concurrent sessions, which share the threads (default 1)")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N");
  app->add_option("--warmup", o->warmup, "seconds of warm-up, not measured (default 1)")->type_name("S");
  app->add_option("--duration", o->duration, "seconds of measurement (default 5)")->type_name("S");
  app->add_option("--iterations", o->iterations, "number of runs per session, or of rounds, instead of --duration")
      ->check(CLI::Range(int64_t{1}, int64_t{1000000000}).description(""))
      ->type_name("N");
  app->add_flag("--segments", o->segments, "also time every segment");
  app->add_flag("--ops", o->ops, "also time every step");
  app->add_flag("--pin", o->pin, "pin each thread to its own CPU, one per core first");
  app->add_option("--raw", o->raw, "write the time of every run")->type_name("FILE.csv");
  app->add_option("--trace", o->trace, "write segments and steps of 20 runs for chrome://tracing or Perfetto")
      ->type_name("FILE.json");
  AddExitOptions(app, &o->exits);
  AddCommonOptions(app, true, &o->common);
  return [o] { return Bench(*o); };
}

}  // namespace vitrt::cli

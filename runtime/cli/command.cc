#include "runtime/cli/command.h"

#include <cstdio>

#include "runtime/base/cpus.h"
#include "runtime/base/isa.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/text/escape.h"

namespace vitrt::cli {

std::span<const Command> Commands() {
  static constexpr Command kCommands[] = {
      {"infer", "classify images, or run a tensor", AddInfer},
      {"watch", "classify every image that appears in a folder", AddWatch},
      {"serve", "serve inference over HTTP, by the Open Inference Protocol", AddServe},
      {"scan", "classify a large image in tiles, with a heat map of defects", AddScan},
      {"bench", "measure latency, load time and memory", AddBench},
      {"eval", "accuracy, exits taken, disagreement and latency on labelled images", AddEval},
      {"calibrate", "choose exit thresholds on labelled images and write them into a plan", AddCalibrate},
      {"compare", "run the same images through two plans and show where they decide differently", AddCompare},
      {"monitor", "summarize a log of predictions and test it for drift from a reference", AddMonitor},
      {"tune", "choose the fastest implementation of every step on this machine", AddTune},
      {"inspect", "show what a plan is and how it runs here", AddInspect},
      {"version", "show versions, CPU tier and what is compiled in", AddVersion},
  };
  return kCommands;
}

EngineOptions EngineOptionsOf(const CommonOptions& options) {
  EngineOptions engine_options;
  engine_options.mmap = !options.no_mmap;
  engine_options.huge_pages = options.huge_pages;
  if (options.no_tune_file) engine_options.tune_file = "";
  if (!options.isa.empty()) engine_options.max_isa = ParseIsa(options.isa);
  return engine_options;
}

Result<Engine> LoadEngine(const std::string& path, const CommonOptions& options) {
  Result<Engine> engine = Engine::Load(path, EngineOptionsOf(options));
  if (engine.ok()) PrintNotesOf(*engine);
  return engine;
}

Result<Session> MakeSession(const Engine& engine, const CommonOptions& options, int batch) {
  return Session::Create(engine, {.threads = options.threads, .max_batch = batch});
}

int ThreadsUsed(const CommonOptions& options) { return options.threads > 0 ? options.threads : DefaultThreads(); }

int ThreadsUsed(const CommonOptions& options, const Engine& engine) {
  return options.threads > 0 ? options.threads : DefaultThreadsOf(engine);
}

audit::AuditContext AuditContextOf(const CommonOptions& options, std::optional<double> deadline_ms) {
  return {VITRT_VERSION, ThreadsUsed(options), deadline_ms, PrintNote};
}

int PrintError(const Status& status) {
  std::fprintf(stderr, "vitrt: error: %s\n", Visible(status.ToString()).c_str());
  if (!status.hint().empty()) std::fprintf(stderr, "hint: %s\n", VisibleLines(status.hint()).c_str());
  return static_cast<int>(status.code());
}

void PrintNotesOf(const Engine& engine) {
  if (!engine.info().tune_note.empty()) PrintNote(engine.info().tune_note);
  const std::string here = MachineOf(engine), &certified = engine.info().certified_on;
  if (certified.empty() || certified == here) return;
  PrintNote("the thresholds of " + engine.info().path + " were certified on " + certified + "; this is " + here +
            ": predictions near a threshold may differ");
}

void PrintNote(const std::string& note) { std::fprintf(stderr, "vitrt: note: %s\n", Visible(note).c_str()); }

Result<RunOptions> RunOptionsOf(const ExitOptions& options, std::span<const ExitInfo> exits) {
  Result<RunOptions> run = ToRunOptions(options, exits);
  if (!run.ok()) return run;
  if (const auto warning = ThresholdWarning(*run)) PrintWarning(*warning);
  return run;
}

void PrintWarning(const std::string& warning) {
  std::fprintf(stderr, "vitrt: warning: %s\n", Visible(warning).c_str());
}

}  // namespace vitrt::cli

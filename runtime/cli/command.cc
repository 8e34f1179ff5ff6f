#include "runtime/cli/command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "runtime/base/cpus.h"
#include "runtime/base/isa.h"

namespace vitrt::cli {

std::span<const Command> Commands() {
  static constexpr Command kCommands[] = {
      {"infer", "answer images, or run a tensor", AddInfer},
      {"watch", "answer every image that appears in a folder", AddWatch},
      {"scan", "answer a large image in tiles, with a heat map of defects", AddScan},
      {"bench", "measure latency, load time and memory", AddBench},
      {"eval", "accuracy, exits taken, disagreement and latency on labelled images", AddEval},
      {"calibrate", "choose exit thresholds on labelled images and write them into a plan", AddCalibrate},
      {"monitor", "show how a log of answers is and whether it drifts from a reference", AddMonitor},
      {"inspect", "show what a plan is and how it runs here", AddInspect},
      {"version", "show versions, CPU tier and what is compiled in", AddVersion},
  };
  return kCommands;
}

void AddCommonOptions(CLI::App* app, bool runs_plan, CommonOptions* options) {
  const char* group = "Common";
  app->add_flag("--json", options->json, "print JSON")->group(group);
  app->add_option("--threads", options->threads, "threads (default: all that affinity mask and cgroup quota allow)")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N")
      ->group(group);
  if (!runs_plan) return;
  std::vector<std::string> names;
  for (const Isa isa : kIsas) names.emplace_back(IsaName(isa));
  app->add_option("--isa", options->isa, "highest instruction set to use: " + IsaNames())
      ->check(CLI::IsMember(names).description(""))
      ->type_name("ISA")
      ->group(group);
  app->add_flag("--no-mmap", options->no_mmap,
                "read the plan into memory: slower to load, safe against a file overwritten in place")
      ->group(group);
  app->add_flag("--huge-pages", options->huge_pages, "ask the system for memory in pages of 2 MB")->group(group);
}

Result<Engine> LoadEngine(const std::string& path, const CommonOptions& options) {
  EngineOptions engine_options;
  engine_options.mmap = !options.no_mmap;
  engine_options.huge_pages = options.huge_pages;
  if (!options.isa.empty()) engine_options.max_isa = ParseIsa(options.isa);
  return Engine::Load(path, engine_options);
}

Result<Session> MakeSession(const Engine& engine, const CommonOptions& options, int batch) {
  return Session::Create(engine, {.threads = options.threads, .max_batch = batch});
}

int ThreadsUsed(const CommonOptions& options) { return options.threads > 0 ? options.threads : DefaultThreads(); }

int PrintError(const Status& status) {
  std::fprintf(stderr, "vitrt: error: %s\n", status.ToString().c_str());
  if (!status.hint().empty()) std::fprintf(stderr, "hint: %s\n", status.hint().c_str());
  return static_cast<int>(status.code());
}

void PrintNote(const std::string& note) { std::fprintf(stderr, "vitrt: note: %s\n", note.c_str()); }

}  // namespace vitrt::cli

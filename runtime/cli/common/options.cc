#include "runtime/cli/common/options.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "runtime/base/isa.h"

namespace vitrt::cli {

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

void AddExitOptions(CLI::App* app, ExitOptions* options) {
  const char* group = "Exits";
  app->add_option("--threshold", options->threshold, "leave at the first exit this sure: 0.9, or early=0.9,...")
      ->type_name("T|NAME=T,...")
      ->group(group);
  app->add_option("--exit-policy", options->policy,
                  "what confident means: max-prob, margin, entropy or geometric-mean (default: the plan's)")
      ->check(CLI::IsMember({"max-prob", "margin", "entropy", "geometric-mean"}, CLI::ignore_case).description(""))
      ->type_name("POLICY")
      ->group(group);
  app->add_option("--exit", options->exit, "always answer at this exit; 'last' is the last one")
      ->type_name("NAME|last")
      ->group(group);
  app->add_option("--deadline-ms", options->deadline_ms, "start no segment that is not expected to end in this time")
      ->type_name("MS")
      ->group(group);
}

void AddAuditOptions(CLI::App* app, AuditOptions* options) {
  const char* group = "Audit";
  app->add_option("--log", options->log, "append one JSON line an answer")->type_name("FILE.jsonl")->group(group);
  app->add_option("--log-max-mb", options->log_megabytes, "size at which the log becomes FILE.jsonl.1 (default 64)")
      ->check(CLI::Range(0.001, 1e6).description(""))
      ->type_name("MB")
      ->group(group);
  app->add_option("--log-keep", options->log_keep, "how many such older logs stay (default 10)")
      ->check(CLI::Range(0, 100000).description(""))
      ->type_name("N")
      ->group(group);
  app->add_option("--metrics", options->metrics, "keep running totals in this file, in Prometheus's text format")
      ->type_name("FILE.prom")
      ->group(group);
  app->add_option("--shadow", options->shadow, "also run this share of the images to the last exit, after answering")
      ->check(CLI::Range(0.0, 1.0).description(""))
      ->type_name("SHARE")
      ->group(group);
}

}  // namespace vitrt::cli

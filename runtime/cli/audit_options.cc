#include "runtime/cli/audit_options.h"

#include <CLI/CLI.hpp>

namespace vitrt::cli {

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

// vitrt inspect: contents and provenance of a plan, and the implementation of each step on this machine.
#include "runtime/engine/inspect.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/cli/command.h"
#include "runtime/cli/inspect/report.h"
#include "runtime/digest/sha256.h"
#include "runtime/engine/int8_check.h"
#include "runtime/line/text/escape.h"
#include "runtime/plan/dump.h"

namespace vitrt::cli {
namespace {

struct InspectOptions {
  std::string plan;
  bool steps = false, tables = false, check = false;
  CommonOptions common;
};

Result<int> Inspect(const InspectOptions& o) {
  VITRT_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(o.plan, o.common));
  if (o.check) VITRT_RETURN_IF_ERROR(CheckInt8Layers(engine));
  VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(o.plan, FileBytes::Mode::kMap));
  const std::string hash = Sha256(file.bytes());
  const std::string text = o.tables        ? plan::DumpPlan(TablesOf(engine))
                           : o.common.json ? InspectJson(engine, hash)
                                           : InspectText(engine, hash, o.steps);
  std::fputs(VisibleLines(text).c_str(), stdout);
  return 0;
}

}  // namespace

Run AddInspect(CLI::App* app) {
  auto o = std::make_shared<InspectOptions>();
  app->add_option("plan", o->plan, "plan file")->required()->type_name("PLAN");
  app->add_flag("--steps", o->steps, "show every step, and why implementations were refused (JSON always does)");
  app->add_flag("--tables", o->tables, "print the plan's tables as text, one line per value and per step");
  app->add_flag("--check", o->check, "also recompute what int8 layers store beside their weights");
  AddCommonOptions(app, true, &o->common);
  return [o] { return Inspect(*o); };
}

}  // namespace vitrt::cli

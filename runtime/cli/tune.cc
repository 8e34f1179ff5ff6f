// vitrt tune: which implementation of each step is the fastest on this machine, kept in a file beside the plan.
#include "runtime/cli/tune/tune.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/base/pending_file.h"
#include "runtime/cli/command.h"
#include "runtime/line/files/same_file.h"

namespace vitrt::cli {
namespace {

Status CheckOptions(const TuneOptions& o) {
  if (!(o.duration >= 0) || o.duration > 86400)
    return InvalidArgument("the duration must be 0 to 86400 seconds", "--duration");
  const NamedFile inputs[] = {{"the plan", o.plan}};
  const OutputFile outputs[] = {{"-o", o.out, &kinds::kTuneFile}};
  return CheckOutputs(inputs, outputs);
}

Result<int> RunTune(TuneOptions o) {
  if (o.out.empty()) o.out = o.plan + ".tune";
  VITRT_RETURN_IF_ERROR(CheckOptions(o));
  VITRT_ASSIGN_OR_RETURN(PendingFile file, PendingFile::Create(o.out));  // fails before anything is timed
  VITRT_ASSIGN_OR_RETURN(const TuneReport report, Tune(o));
  const std::string tuned = ToJson(report.file);
  VITRT_RETURN_IF_ERROR(file.Write(std::as_bytes(std::span(tuned))));
  VITRT_RETURN_IF_ERROR(file.Commit());
  std::fputs((o.common.json ? TuneJson(o, report) : TuneText(o, report)).c_str(), stdout);
  return 0;
}

}  // namespace

Run AddTune(CLI::App* app) {
  auto o = std::make_shared<TuneOptions>();
  app->add_option("plan", o->plan, "plan file")->required()->type_name("PLAN");
  app->add_option("-o,--out", o->out,
                  "file to write (default: PLAN.tune, which every command and Engine::Load takes up)")
      ->type_name("FILE");
  app->add_option("--duration", o->duration, "seconds of timing steps, and again of timing whole runs (default 10)")
      ->type_name("S");
  app->add_option("--iterations", o->iterations, "number of rounds, instead of --duration")
      ->check(CLI::Range(int64_t{1}, int64_t{1000000000}).description(""))
      ->type_name("N");
  app->add_flag("--any-bits", o->any_bits,
                "also choose implementations that change the last bits of the logits, and time lower instruction sets");
  AddCommonOptions(app, true, &o->common);
  return [o] { return RunTune(*o); };
}

}  // namespace vitrt::cli

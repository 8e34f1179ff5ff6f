// vitrt monitor: a log of predictions, by itself and against a reference, as an HTML page.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/cli/command.h"
#include "runtime/cli/common/within.h"
#include "runtime/digest/sha256.h"
#include "runtime/line/evidence/evidence.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/files/same_file.h"
#include "runtime/line/monitor/page.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"
#include "runtime/plan/plan_format.h"

namespace vitrt::cli {
namespace {

using Json = nlohmann::ordered_json;

struct MonitorOptions {
  std::string log, reference, out;
  std::optional<double> promised;
  double false_alarm_rate = 0.01;
  CommonOptions common;
};

constexpr int kExitOfAlarm = 10;  // of the command line's contract

Json LiveJson(const monitor::LiveFindings& live) {
  Json alarm_at = nullptr, alarm_time = nullptr;
  if (live.alarm()) alarm_at = live.alarm_at, alarm_time = live.alarm_time;
  return {{"promised", live.promised},       {"level", live.level},
          {"samples", live.samples},         {"disagreed", live.events},
          {"at_least", live.interval.low},   {"at_most", live.interval.high},
          {"capital", live.capital},         {"largest_capital", live.largest_capital},
          {"alarm_capital", 1 / live.level}, {"alarm", live.alarm()},
          {"alarm_at_sample", alarm_at},     {"alarm_time", alarm_time}};
}

std::string LiveText(const monitor::LiveFindings& live) {
  char text[256];
  std::snprintf(text, sizeof text,
                "promise of %.3g %%: %lld of %lld shadow images differ, rate %.3g to %.3g %%; capital %.3g, largest "
                "%.3g, alarm at %.3g\n",
                100 * live.promised, static_cast<long long>(live.events), static_cast<long long>(live.samples),
                100 * live.interval.low, 100 * live.interval.high, live.capital, live.largest_capital, 1 / live.level);
  std::string all = text;
  if (live.alarm()) {
    all += "ALARM: the promise is broken, since shadow image " + std::to_string(live.alarm_at) + ", " +
           live.alarm_time + "\n";
  }
  return all;
}

std::string FindingsJson(const monitor::Findings& f) {
  Json json = {{"answers", f.predictions},   {"refused", f.refused},         {"bad_lines", f.bad_lines},
               {"non_finite", f.non_finite}, {"no_decision", f.no_decision}, {"deadline_cuts", f.deadline_cuts},
               {"first_time", f.first_time}, {"last_time", f.last_time},     {"plans", f.plans}};
  json["exits"] = Json::array();
  for (const monitor::ExitFindings& exit : f.exits) {
    json["exits"].push_back({{"name", exit.name},
                             {"answered", exit.taken},
                             {"shadowed", exit.shadowed},
                             {"disagreed", exit.disagreed},
                             {"disagreement_at_most", exit.disagreement_bound}});
  }
  if (f.reference_predictions) {
    json["reference_answers"] = *f.reference_predictions;
    json["false_alarm_rate"] = f.false_alarm_rate;
    json["alarm"] = f.alarm;
    json["checks"] = Json::array();
    for (const monitor::Check& check : f.checks) {
      json["checks"].push_back({{"what", check.what},
                                {"statistic", check.statistic},
                                {"value", check.result.statistic},
                                {"p", check.result.p},
                                {"alarm", check.alarm}});
    }
    json["left_out"] = f.left_out;
  }
  if (f.live) json["promise"] = LiveJson(*f.live);
  return JsonLine(json);
}

std::string FindingsText(const monitor::Findings& f) {
  std::string text = std::to_string(f.predictions) + " predictions, " + std::to_string(f.refused) + " refused, " +
                     std::to_string(f.no_decision) + " without a decision, " + f.first_time + " to " + f.last_time +
                     "\n";
  TextTable exits("lrrr");
  exits.Add({"exit", "taken", "also run to the last exit", "different there"});
  for (const monitor::ExitFindings& exit : f.exits) {
    exits.Add({exit.name, std::to_string(exit.taken), std::to_string(exit.shadowed), std::to_string(exit.disagreed)});
  }
  text += exits.Text(2);
  if (f.live) text += LiveText(*f.live);
  if (!f.reference_predictions) return text;
  TextTable checks("llrrl");
  checks.Add({"against the reference", "measure", "value", "p", ""});
  for (const monitor::Check& check : f.checks) {
    char p[32];
    std::snprintf(p, sizeof p, "%.3g", check.result.p);
    checks.Add({check.what, check.statistic, Fixed(check.result.statistic, 4), p, check.alarm ? "alarm" : ""});
  }
  text += checks.Text(2);
  for (const std::string& why : f.left_out) text += "  not checked: " + why + "\n";
  char rate[32];
  std::snprintf(rate, sizeof rate, "%g", f.false_alarm_rate);
  return text + (f.alarm ? "ALARM" : "no alarm") + " (false-alarm rate at most " + rate + ")\n";
}

bool IsPlan(std::span<const std::byte> file) {
  return file.size() >= sizeof plan::kMagic && std::memcmp(file.data(), plan::kMagic, sizeof plan::kMagic) == 0;
}

// A log, or a plan that keeps the predictions of its calibration.
Result<monitor::History> ReadReference(const MonitorOptions& o, const monitor::History& history) {
  const Result<FileBytes> file = FileBytes::Open(o.reference, FileBytes::Mode::kMap);
  if (!file.ok() || !IsPlan(file->bytes())) return monitor::ReadHistory(o.reference);
  VITRT_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(o.reference, o.common));
  if (history.plans != std::set<std::string>{Sha256(file->bytes())})
    PrintNote("not all predictions of the log are of this plan: " + o.reference);
  return ReadReferencePredictions(engine);
}

Status CheckFiles(const MonitorOptions& o) {
  NamedFiles inputs;
  for (const std::string& part : monitor::PartsOf(o.log)) inputs.push_back({"the log", part});
  if (!o.reference.empty()) {
    for (const std::string& part : monitor::PartsOf(o.reference)) inputs.push_back({"the reference", part});
  }
  const OutputFile outputs[] = {{"-o", o.out, &kinds::kPage}};
  return CheckOutputs(inputs, outputs);
}

Result<int> Monitor(const MonitorOptions& o) {
  VITRT_RETURN_IF_ERROR(CheckFiles(o));
  VITRT_ASSIGN_OR_RETURN(const monitor::History history, monitor::ReadHistory(o.log));
  std::optional<monitor::History> reference;
  if (!o.reference.empty()) {
    VITRT_ASSIGN_OR_RETURN(reference, ReadReference(o, history));
  }
  const monitor::Findings findings =
      monitor::Examine(history, {reference ? &*reference : nullptr, o.promised, o.false_alarm_rate});
  if (!o.out.empty()) {
    const std::string page = monitor::Page(findings, o.log, o.reference);
    VITRT_RETURN_IF_ERROR(WriteFile(o.out, std::as_bytes(std::span(page))));
  }
  std::fputs((o.common.json ? FindingsJson(findings) : FindingsText(findings)).c_str(), stdout);
  return findings.any_alarm() ? kExitOfAlarm : 0;
}

}  // namespace

Run AddMonitor(CLI::App* app) {
  auto o = std::make_shared<MonitorOptions>();
  app->add_option("log", o->log, "log of vitrt infer --log or watch --log; FILE.1, FILE.2, ... are read too")
      ->required()
      ->type_name("FILE.jsonl");
  app->add_option("--reference", o->reference, "log of a period known to be good, or a calibrated plan")
      ->type_name("FILE.jsonl|PLAN");
  app->add_option("-o,--out", o->out, "write the page")->type_name("FILE.html");
  app->add_option("--promised", o->promised,
                  "test this rate of disagreement with the last exit on the shadow sample (default: what the plan was "
                  "certified for)")
      ->check(Within(1e-6, 0.999))
      ->type_name("RATE");
  app->add_option(
         "--false-alarm-rate", o->false_alarm_rate,
         "how often a report on an unchanged process may raise the alarm, and the chance that a promise which is "
         "kept ever does (default 0.01)")
      ->check(Within(1e-9, 0.5))
      ->type_name("RATE");
  AddCommonOptions(app, false, &o->common);
  return [o] { return Monitor(*o); };
}

}  // namespace vitrt::cli

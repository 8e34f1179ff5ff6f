// vitrt calibrate: chooses thresholds on images of the line, in the runtime's own numerics, and writes them into a
// plan.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/base/check.h"
#include "runtime/cli/calibrate/method.h"
#include "runtime/cli/calibrate/report.h"
#include "runtime/cli/calibrate/source.h"
#include "runtime/cli/command.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/calibration/quota.h"
#include "runtime/line/evidence/evidence.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/files/same_file.h"
#include "runtime/line/monitor/history.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/text/json_line.h"
#include "runtime/line/text/text_table.h"
#include "runtime/plan/features.h"
#include "runtime/plan/writer.h"

namespace vitrt::cli {
namespace {

struct CalibrateOptions {
  std::string plan, output, plot, never_early;
  CalibrationSource source;
  CalibrateMethod method;
  ExitOptions exits;  // only the policy
  CommonOptions common;
};

Status WriteCalibrated(const std::string& path, const Engine& engine, ExitPolicy policy, const Recording& recording,
                       const Row& chosen, nlohmann::ordered_json evidence) {
  std::unique_ptr<plan::PlanT> tables(TablesOf(engine).UnPack());
  for (size_t k = 0; k < tables->exits.size(); ++k) {
    // The last exit always answers; its own threshold has no effect.
    if (k + 1 < tables->exits.size()) tables->exits[k]->threshold = chosen.thresholds[k];
  }
  tables->policy = static_cast<plan::Policy>(policy);
  tables->never_early.clear();
  for (size_t c = 0; c < recording.records.never_early.size(); ++c) {
    if (recording.records.never_early[c] != 0) tables->never_early.push_back(static_cast<uint32_t>(c));
  }
  auto record = std::make_unique<plan::CalibrationT>();
  record->method = evidence["method"];
  record->data_sha256 = recording.data_sha256;
  record->images = static_cast<uint32_t>(recording.records.images);
  if (evidence.contains("promised_disagreement")) record->promised = evidence["promised_disagreement"];
  record->machine = evidence["machine"];
  evidence["answers"] = ReferencePredictions(recording, chosen.outcome.exit_of);
  record->evidence_json = evidence.dump();
  tables->calibration = std::move(record);
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(plan::Plan::Pack(builder, tables.get()), plan::PlanIdentifier());
  tables->required_features = plan::FeaturesToDeclare(*plan::GetPlan(builder.GetBufferPointer()));
  builder.Clear();
  builder.Finish(plan::Plan::Pack(builder, tables.get()), plan::PlanIdentifier());
  const std::span<const uint8_t> bytes(builder.GetBufferPointer(), builder.GetSize());
  return plan::WritePlanFile(std::as_bytes(bytes), WeightsOf(engine), "vitrt " VITRT_VERSION, path);
}

// The classes of --never-early, or without it those of the plan. [classes], empty: none.
Result<std::vector<uint8_t>> NeverEarly(const std::string& text, const PlanInfo& info) {
  std::vector<uint8_t> never(static_cast<size_t>(info.exits.back().classes));
  if (text.empty()) {
    if (info.never_early.empty()) return std::vector<uint8_t>();
    for (const int c : info.never_early) never[static_cast<size_t>(c)] = 1;
    return never;
  }
  if (text == "none") return std::vector<uint8_t>();
  std::stringstream stream(text);
  for (std::string name; std::getline(stream, name, ',');) {
    const auto label = std::find(info.labels.begin(), info.labels.end(), name);
    if (label == info.labels.end()) return InvalidArgument("the plan has no class '" + name + "'", "--never-early");
    never[static_cast<size_t>(label - info.labels.begin())] = 1;
  }
  return never;
}

// The chosen thresholds, and those of the curve with the last exit alone before them.
struct Points {
  Row chosen;
  std::vector<Row> rows;
};

Points Apply(const Choice& choice, const Gathered& gathered, const PlanInfo& info) {
  const calibration::Records& records = gathered.recording.records;
  const auto row = [&](const std::string& name, const std::vector<float>& thresholds) {
    Row r{name, thresholds, calibration::ApplyThresholds(records, thresholds, gathered.cost)};
    for (const ExitInfo& exit : info.exits)
      r.mean_flops += exit.flops * r.outcome.exit_count[static_cast<size_t>(exit.index)] / records.images;
    return r;
  };
  Points points{row("chosen", choice.thresholds),
                {row("last exit only", std::vector<float>(info.exits.size(), calibration::kNeverTaken))}};
  for (const OperatingPoint& point : choice.curve) points.rows.push_back(row(point.name, point.thresholds));
  return points;
}

nlohmann::ordered_json ReportJson(const Choice& choice, const Gathered& gathered, const Points& points, Known known) {
  nlohmann::ordered_json report = choice.evidence;
  report["summary"] = choice.summary;
  report["images"] = gathered.recording.records.images;
  report.update(gathered.evidence);
  report["data_sha256"] = gathered.recording.data_sha256;
  const std::string& machine = gathered.recording.machine;
  report["isa"] = machine.substr(0, machine.find(','));
  report["machine"] = machine;
  report["exit_ms"] = gathered.timed ? nlohmann::ordered_json(gathered.cost) : nlohmann::ordered_json(nullptr);
  report["chosen"] = RowJson(points.chosen, known);
  report["curve"] = nlohmann::ordered_json::array();
  for (const Row& row : points.rows) report["curve"].push_back(RowJson(row, known));
  return report;
}

void PrintText(const Choice& choice, const Gathered& gathered, Points points, Known known, ExitPolicy policy,
               const PlanInfo& info) {
  points.rows.push_back(points.chosen);
  std::printf("%d images, policy %s, %zu %s left out\n\n%s\n", gathered.recording.records.images, PolicyName(policy),
              gathered.left_out, gathered.timed ? "files" : "lines", CalibrationText(points.rows, info, known).c_str());
  for (size_t k = 0; k + 1 < info.exits.size(); ++k) {
    const float t = choice.thresholds[k];
    const std::string shown = t > 1 ? "never" : nlohmann::json(ShortDecimal(t)).dump();
    std::printf("threshold %-16s %s\n", info.exits[k].name.c_str(), shown.c_str());
  }
  std::printf("%s\n", choice.summary.c_str());
}

OutputFiles OutputsOf(const CalibrateOptions& o) {
  return {{"-o", o.output, &kinds::kPlan}, {"--plot", o.plot, &kinds::kPlot}};
}

// Only -o may be the plan itself: the new one takes its place when it is whole.
Status CheckFiles(const CalibrateOptions& o, std::span<const LabelledImage> images_read) {
  NamedFiles images;
  for (const LabelledImage& image : images_read) images.push_back({"an image", image.path});
  if (!o.source.log.empty()) {
    for (const std::string& part : monitor::PartsOf(o.source.log)) images.push_back({"the log", part});
  }
  if (!o.source.reference.empty()) images.push_back({"the reference", o.source.reference});
  const NamedFile plan[] = {{"the plan", o.plan}};
  const OutputFiles outputs = OutputsOf(o);
  VITRT_RETURN_IF_ERROR(CheckOutputs(images, outputs));
  return CheckOutputs(plan, std::span(outputs).last(1));
}

Result<int> Calibrate(const CalibrateOptions& o) {
  VITRT_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(o.plan, o.common));
  const PlanInfo& info = engine.info();
  if (info.exits.size() < 2) {
    return InvalidArgument("the plan has " + std::string(info.exits.empty() ? "no exit" : "one exit") +
                               ": there is no threshold to choose",
                           o.plan);
  }
  VITRT_ASSIGN_OR_RETURN(const RunOptions run, RunOptionsOf(o.exits, info.exits));
  const ExitPolicy policy = run.policy.value_or(PolicyOf(engine));
  VITRT_ASSIGN_OR_RETURN(std::vector<uint8_t> never_early, NeverEarly(o.never_early, info));
  VITRT_RETURN_IF_ERROR(CheckOutputs({}, OutputsOf(o)));  // before the images are run, which may take long
  VITRT_ASSIGN_OR_RETURN(Gathered gathered, Gather(o.source, policy, o.common, engine));
  gathered.recording.records.never_early = std::move(never_early);
  VITRT_RETURN_IF_ERROR(CheckFiles(o, gathered.recording.images));
  CalibrationSet set{.records = gathered.recording.records,
                     .cost = gathered.cost,
                     .enabled = {},
                     .exits = {},
                     .labels = info.labels,
                     .reference = gathered.reference};
  for (const ExitInfo& exit : info.exits) {
    set.enabled.push_back(exit.enabled);
    set.exits.push_back(exit.name);
  }
  VITRT_ASSIGN_OR_RETURN(const Choice choice, ChooseThresholds(o.method, set));

  const Known known{.labels = !gathered.recording.records.label.empty(), .times = gathered.timed};
  const Points points = Apply(choice, gathered, info);
  nlohmann::ordered_json report = ReportJson(choice, gathered, points, known);
  report["policy"] = PolicyName(policy);
  report["threads"] = ThreadsUsed(o.common);
  VITRT_RETURN_IF_ERROR(WriteCalibrated(o.output, engine, policy, gathered.recording, points.chosen, report));
  if (!o.plot.empty()) {
    const std::string svg = CalibrationSvg(points.rows, points.chosen, known);
    VITRT_RETURN_IF_ERROR(WriteFile(o.plot, std::as_bytes(std::span(svg))));
  }
  if (o.common.json) {
    std::fputs(JsonLine(report).c_str(), stdout);
    return 0;
  }
  PrintText(choice, gathered, points, known, policy, info);
  std::printf("written to %s\n", o.output.c_str());
  return 0;
}

}  // namespace

Run AddCalibrate(CLI::App* app) {
  auto o = std::make_shared<CalibrateOptions>();
  app->add_option("plan", o->plan, "plan file")->required()->type_name("PLAN");
  app->add_option("folder", o->source.folder, "images: one folder per class, or any folder where no labels are needed")
      ->type_name("FOLDER");
  app->add_option("--log", o->source.log,
                  "instead of images: every exit's prediction, from the shadow lines of watch or infer --log --shadow")
      ->type_name("FILE.jsonl");
  app->add_option("--reference", o->source.reference,
                  "compare predictions with those of this plan's last exit, the one that was validated")
      ->type_name("PLAN");
  app->add_option("-o,--output", o->output, "the calibrated plan")->required()->type_name("OUT.plan");
  const char* method = "Method (one of)";
  app->add_option(
         "--max-disagreement", o->method.max_disagreement,
         "cheapest thresholds whose early predictions differ from the last exit's at most this often (0.005 = 0.5 %)")
      ->type_name("RATE")
      ->group(method);
  app->add_option("--max-accuracy-drop", o->method.max_accuracy_drop,
                  "cheapest thresholds that lose at most this share of the last exit's right predictions")
      ->type_name("RATE")
      ->group(method);
  app->add_option("--max-false", o->method.max_false,
                  "highest share of all images predicted as CLASS where the last exit predicts another class; beside "
                  "another promise or alone")
      ->type_name("CLASS=RATE,...")
      ->group(method);
  app->add_option(
         "--never-early", o->never_early,
         "send what would leave as one of these classes to the last exit (default: as the plan has it; 'none')")
      ->type_name("CLASS,...");
  app->add_option("--quota", o->method.quota, "share of the images that leaves at each exit")
      ->type_name("P1,P2,...")
      ->group(method);
  app->add_flag("--official-sweep", o->method.official_sweep,
                "the 33 operating points of the official Dyn-Perceiver evaluation")
      ->group(method);
  app->add_option("--point", o->method.point, "which point of the sweep to write")->type_name("I");
  app->add_option("--confidence", o->method.confidence, "one-sided confidence of a promised rate (default 0.95)")
      ->type_name("C");
  app->add_flag("--empirical", o->method.empirical, "use the rate observed on these images, without a promise");
  app->add_option(
         "--path", o->method.path,
         "settings to test, safe to bold: common (one threshold, all images test) or fitted (to a fifth of the images, "
         "the others test)")
      ->type_name("PATH");
  app->add_option("--seed", o->method.seed, "random seed for the images that a fitted path is fitted to")
      ->type_name("N");
  app->add_option("--exit-policy", o->exits.policy, "max-prob, margin, entropy or geometric-mean (default: the plan's)")
      ->type_name("POLICY");
  app->add_flag("--strict", o->source.strict, "refuse unknown folders, empty classes and unreadable files");
  app->add_option("--plot", o->plot, "accuracy and disagreement against latency")->type_name("FILE.svg");
  AddCommonOptions(app, true, &o->common);
  return [o] { return Calibrate(*o); };
}

}  // namespace vitrt::cli

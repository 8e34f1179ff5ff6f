// vitrt eval: what a plan does on labelled images: accuracy per exit, exits taken, disagreement, latency.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/cli/command.h"
#include "runtime/cli/common/progress.h"
#include "runtime/cli/eval/compare_isa.h"
#include "runtime/cli/eval/report.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/files/same_file.h"
#include "runtime/line/images/record_images.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/prediction/good_class.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/text/csv.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::cli {
namespace {

struct EvalOptions {
  std::string plan, folder, csv_out, plot, good;
  bool strict = false, compare_isa = false;
  ExitOptions exits;
  CommonOptions common;
};

// Classifies every image as `vitrt infer` would; keeps predictions and times.
Result<std::vector<Classification>> ClassifyAll(const Recording& recording, const RunOptions& run, Session* session) {
  std::vector<Classification> predictions;
  Progress progress("latency", true);
  for (size_t i = 0; i < recording.files.size(); ++i) {
    progress.Show(static_cast<double>(i) / static_cast<double>(recording.files.size()), std::to_string(i));
    VITRT_ASSIGN_OR_RETURN(const Prediction p, session->RunFile(recording.files[i], run));
    predictions.push_back(ClassificationOf(p));
  }
  return predictions;
}

std::string CsvOf(const Recording& recording, const std::vector<Classification>& predictions, const PlanInfo& info) {
  std::vector<std::string> header = {"image", "label", "answer", "exit", "run_ms"};
  for (const ExitInfo& exit : info.exits) {
    header.push_back("class_" + exit.name);
    header.push_back("confidence_" + exit.name);
  }
  std::string csv = CsvRow(header);
  for (size_t i = 0; i < predictions.size(); ++i) {
    char ms[32], confidence[32];
    std::snprintf(ms, sizeof ms, "%.4f", predictions[i].times.run_ms);
    std::vector<std::string> row = {recording.images[i].path, LabelOf(info, recording.images[i].label),
                                    LabelOf(info, predictions[i].label), info.exits[predictions[i].exit].name, ms};
    for (const ExitInfo& exit : info.exits) {
      const int label = recording.records.predicted_of(exit.index, static_cast<int>(i));
      std::snprintf(confidence, sizeof confidence, "%.9g",
                    static_cast<double>(recording.records.confidence_of(exit.index, static_cast<int>(i))));
      row.push_back(LabelOf(info, label));
      row.push_back(label < 0 ? "" : confidence);
    }
    csv += CsvRow(row);
  }
  return csv;
}

Status CheckFiles(const EvalOptions& o, const LabelledFolder& folder) {
  NamedFiles inputs = {{"the plan", o.plan}};
  for (const LabelledImage& image : folder.images) inputs.push_back({"an image", image.path});
  const OutputFile outputs[] = {{"--csv-out", o.csv_out, &kinds::kEvalTable}, {"--plot", o.plot, &kinds::kPlot}};
  return CheckOutputs(inputs, outputs);
}

Result<int> Eval(const EvalOptions& o) {
  VITRT_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(o.plan, o.common));
  const PlanInfo& info = engine.info();
  if (info.exits.empty()) return InvalidArgument("the plan has no exit: it gives raw outputs, not classes", o.plan);
  VITRT_ASSIGN_OR_RETURN(const RunOptions run, RunOptionsOf(o.exits, info.exits));
  VITRT_ASSIGN_OR_RETURN(const std::optional<int> good, GoodClass(o.good, info));
  VITRT_ASSIGN_OR_RETURN(const LabelledFolder folder, ReadLabelledFolder(o.folder, info.labels, o.strict));
  VITRT_RETURN_IF_ERROR(CheckFiles(o, folder));
  VITRT_ASSIGN_OR_RETURN(Session session, MakeSession(engine, o.common, 1));
  const ExitPolicy policy = run.policy.value_or(PolicyOf(engine));
  VITRT_ASSIGN_OR_RETURN(const Recording recording, RecordImages(folder, {.policy = policy, .strict = o.strict}, engine,
                                                                 &session, ShowProgress("images")));
  VITRT_ASSIGN_OR_RETURN(const std::vector<Classification> predictions, ClassifyAll(recording, run, &session));

  EvalReport report = MakeReport(recording, predictions, policy, engine, ThreadsUsed(o.common, engine));
  report.good = good;
  report.problems = folder.problems;
  for (const std::string& bad : recording.unreadable) report.problems.push_back("left out: " + bad);
  if (recording.copies > 0) {
    report.problems.push_back(std::to_string(recording.copies) +
                              " duplicate images: the intervals take every image for one of its own");
  }
  report.skipped_files = folder.skipped_files + static_cast<int>(recording.unreadable.size());
  if (o.compare_isa) {
    VITRT_ASSIGN_OR_RETURN(report.tiers, CompareTiers(o.plan, recording, predictions, run, engine, o.common));
  }
  if (!o.csv_out.empty()) {
    const std::string csv = CsvOf(recording, predictions, info);
    VITRT_RETURN_IF_ERROR(WriteFile(o.csv_out, std::as_bytes(std::span(csv))));
  }
  if (!o.plot.empty()) {
    const std::string svg = ReportSvg(report, info);
    VITRT_RETURN_IF_ERROR(WriteFile(o.plot, std::as_bytes(std::span(svg))));
  }
  if (o.common.json) {
    std::fputs(JsonLine(ReportJson(report, info)).c_str(), stdout);
  } else {
    for (const std::string& problem : report.problems) PrintNote(problem);
    std::fputs(ReportText(report, info).c_str(), stdout);
  }
  return 0;
}

}  // namespace

Run AddEval(CLI::App* app) {
  auto o = std::make_shared<EvalOptions>();
  app->add_option("plan", o->plan, "plan file")->required()->type_name("PLAN");
  app->add_option("folder", o->folder, "labelled images, one folder per class")->required()->type_name("FOLDER");
  app->add_option("--csv-out", o->csv_out, "one line per image: prediction, exit, every exit's class and confidence")
      ->type_name("FILE.csv");
  app->add_option("--plot", o->plot, "accuracy, exits, confidences, latencies and confusion matrices as pictures")
      ->type_name("FILE.svg");
  app->add_option("--good", o->good,
                  "the class of a part without defect, for escape and overkill rates (default: good, ok, none, free or "
                  "normal)")
      ->type_name("LABEL");
  app->add_flag("--compare-isa", o->compare_isa,
                "run every tier of this machine and list the images whose class or exit differs");
  app->add_flag("--strict", o->strict, "refuse unknown folders, empty classes and unreadable files");
  AddExitOptions(app, &o->exits);
  AddCommonOptions(app, true, &o->common);
  return [o] { return Eval(*o); };
}

}  // namespace vitrt::cli

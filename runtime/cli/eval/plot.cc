// The report of `vitrt eval` as pictures.
#include <cmath>

#include "runtime/cli/eval/report.h"
#include "runtime/line/chart/chart.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/prediction/prediction_format.h"

namespace vitrt::cli {

namespace {

constexpr size_t kMaxClasses = 60;  // in a picture

// Classes that are true or predicted for an image; rows and columns of the others are empty.
std::vector<int> ClassesSeen(const EvalReport& report) {
  std::vector<int> seen;
  for (int c = 0; c < report.confusion.classes; ++c) {
    if (report.confusion.images_of(c) + report.confusion.predicted_as(c) +
            report.exit_confusion.back().predicted_as(c) >
        0)
      seen.push_back(c);
  }
  return seen;
}

chart::Matrix MatrixOf(const std::string& title, const calibration::Confusion& c, const std::vector<int>& classes,
                       const PlanInfo& info) {
  chart::Matrix m{.title = title, .x_label = "predicted class", .y_label = "true class"};
  for (const int k : classes) m.y_names.push_back(LabelOf(info, k));
  m.x_names = m.y_names;
  m.x_names.push_back("no decision");
  for (const int truth : classes) {
    m.cell.emplace_back();
    for (const int predicted : classes) m.cell.back().push_back(c.at(truth, predicted));
    m.cell.back().push_back(c.at(truth, c.classes));
  }
  return m;
}

chart::Chart ClassChart(const EvalReport& report, const std::vector<int>& classes, const PlanInfo& info) {
  chart::Series recall{.name = "recall", .bars = true}, precision{.name = "precision", .bars = true},
      f1{.name = "F1", .bars = true};
  chart::Chart chart{.title = "Classes, by the policy's predictions", .x_label = "class", .y_label = "%"};
  for (const int c : classes) {
    chart.x_names.push_back(LabelOf(info, c));
    recall.y.push_back(100 * report.by_policy.recall[static_cast<size_t>(c)]);
    precision.y.push_back(100 * calibration::Precision(report.confusion, c));
    f1.y.push_back(100 * calibration::F1(report.confusion, c));
  }
  chart.series = {recall, precision, f1};
  return chart;
}

// The rate, and beside it what it can be.
void AddRate(const std::string& name, const calibration::ErrorRate& r, std::vector<chart::Series>* series,
             chart::Chart* chart) {
  if (r.images == 0) return;
  chart->x_names.push_back(name);
  (*series)[0].y.push_back(100 * r.rate.low);
  (*series)[1].y.push_back(100 * static_cast<double>(r.events) / static_cast<double>(r.images));
  (*series)[2].y.push_back(100 * r.rate.high);
}

chart::Chart InspectionChart(const EvalReport& report, const PlanInfo& info) {
  chart::Chart chart{.title = "Bad parts predicted " + LabelOf(info, *report.good) + " (escape), and " +
                              LabelOf(info, *report.good) + " parts predicted bad (overkill)",
                     .x_label = "95 % intervals (Clopper-Pearson)",
                     .y_label = "%"};
  std::vector<chart::Series> series = {
      {.name = "at least", .bars = true}, {.name = "seen", .bars = true}, {.name = "at most", .bars = true}};
  for (const auto& [name, confusion] :
       {std::pair("policy", &report.confusion), std::pair("last exit", &report.exit_confusion.back())}) {
    const calibration::Inspection found = calibration::Inspect(*confusion, *report.good);
    AddRate(std::string("escape, ") + name, found.escape, &series, &chart);
    AddRate(std::string("overkill, ") + name, found.overkill, &series, &chart);
  }
  chart.series = series;
  return chart;
}

}  // namespace

std::string ReportSvg(const EvalReport& report, const PlanInfo& info) {
  std::vector<std::string> names;
  chart::Series accuracy{.name = "accuracy", .bars = true}, balanced{.name = "balanced accuracy", .bars = true},
      right{.name = "right", .bars = true}, wrong{.name = "wrong", .bars = true}, mean{.name = "mean", .bars = true},
      p95{.name = "95th percentile (where there are images enough)", .bars = true};
  for (const ExitInfo& exit : info.exits) {
    const int k = exit.index;
    const Summary& latency = report.exit_latency[k];
    names.push_back(exit.name);
    accuracy.y.push_back(100 * report.exits[k].accuracy);
    balanced.y.push_back(100 * report.exits[k].balanced_accuracy);
    right.y.push_back(report.right_at_exit[k]);
    wrong.y.push_back(report.by_policy.exit_count[k] - report.right_at_exit[k]);
    mean.y.push_back(latency.n > 0 ? latency.mean : NAN);
    p95.y.push_back(latency.n >= SamplesNeeded(0.95) ? latency.p95 : NAN);
  }
  chart::Chart confidence{.title = "Confidence of each exit, all images",
                          .x_label = std::string("confidence (") + PolicyName(report.policy) + ")",
                          .y_label = "images"};
  for (const ExitInfo& exit : info.exits) {
    chart::Series s{.name = exit.name, .bars = true};
    for (int b = 0; b < kConfidenceBins; ++b) {
      s.x.push_back((b + 0.5) / kConfidenceBins);
      s.y.push_back(report.confidence_bins[exit.index][b]);
    }
    confidence.series.push_back(s);
  }
  std::vector<chart::Chart> charts = {{.title = "If one exit classified every image",
                                       .x_label = "exit",
                                       .y_label = "%",
                                       .series = {accuracy, balanced},
                                       .x_names = names},
                                      {.title = "Where images left, and how many of them with the right class",
                                       .x_label = "exit",
                                       .y_label = "images",
                                       .series = {right, wrong},
                                       .x_names = names},
                                      confidence,
                                      {.title = "Latency of the images that left at each exit",
                                       .x_label = "exit",
                                       .y_label = "ms",
                                       .series = {mean, p95},
                                       .x_names = names}};
  if (report.good) charts.push_back(InspectionChart(report, info));
  const std::vector<int> classes = ClassesSeen(report);
  if (classes.size() > kMaxClasses) return chart::ToSvg(charts);
  charts.push_back(ClassChart(report, classes, info));
  std::vector<chart::Matrix> matrices = {MatrixOf("Predictions of the policy", report.confusion, classes, info)};
  if (info.exits.size() > 1)
    matrices.push_back(MatrixOf("Predictions of the last exit", report.exit_confusion.back(), classes, info));
  return chart::ToSvg(charts, matrices);
}

}  // namespace vitrt::cli

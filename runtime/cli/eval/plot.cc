// The report of `vitrt eval` as pictures.
#include <cmath>

#include "runtime/cli/eval/report.h"
#include "runtime/line/answer/exit_options.h"
#include "runtime/line/chart/chart.h"

namespace vitrt::cli {

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
    wrong.y.push_back(report.answered.exit_count[k] - report.right_at_exit[k]);
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
  return chart::ToSvg({{.title = "If one exit answered every image",
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
                        .x_names = names}});
}

}  // namespace vitrt::cli

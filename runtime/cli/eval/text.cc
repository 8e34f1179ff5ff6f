// The report of `vitrt eval` as tables.
#include <cmath>

#include "runtime/cli/eval/report.h"
#include "runtime/line/answer/exit_options.h"
#include "runtime/line/answer/prediction_format.h"
#include "runtime/line/text/escape.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {
namespace {

std::string Percent(double part, double whole, int decimals = 2) {
  return whole > 0 ? Fixed(100 * part / whole, decimals) + " %" : "-";
}

}  // namespace

std::string ReportText(const EvalReport& report, const PlanInfo& info) {
  const calibration::Outcome& a = report.answered;
  std::string text = std::to_string(report.images) + " images, policy " + PolicyName(report.policy) + ", " +
                     report.isa + ", " + std::to_string(report.threads) + " threads\n";
  if (report.no_decision > 0) {
    text += std::to_string(report.no_decision) + " images without a decision: logits that are not finite\n";
  }
  text += "\n";
  TextTable exits("lrrrrrr");
  exits.Add(
      {"exit", "accuracy", "balanced", "differs from last", "answered", "of these right", "of these unlike last"});
  for (const ExitInfo& exit : info.exits) {
    const int k = exit.index;
    const calibration::Outcome& e = report.exits[k];
    exits.Add({exit.name, Percent(e.accuracy, 1), Percent(e.balanced_accuracy, 1),
               Percent(e.disagreements, report.images),
               std::to_string(a.exit_count[k]) + " (" + Percent(a.exit_count[k], report.images, 1) + ")",
               Percent(report.right_at_exit[k], a.exit_count[k]), std::to_string(report.early_wrong[k])});
  }
  exits.Add({"policy", Percent(a.accuracy, 1), Percent(a.balanced_accuracy, 1), Percent(a.disagreements, report.images),
             std::to_string(report.images), Percent(a.accuracy, 1), std::to_string(a.disagreements)});
  text += exits.Text(2) + "\n";

  TextTable recall("l" + std::string(info.exits.size() + 1, 'r'));
  std::vector<std::string> header = {"recall"};
  for (const ExitInfo& exit : info.exits) header.push_back(exit.name);
  header.push_back("policy");
  recall.Add(header);
  for (size_t c = 0; c < a.recall.size(); ++c) {
    if (std::isnan(a.recall[c])) continue;
    std::vector<std::string> row = {LabelOf(info, static_cast<int>(c))};
    for (const auto& e : report.exits) row.push_back(Percent(e.recall[c], 1, 1));
    row.push_back(Percent(a.recall[c], 1, 1));
    recall.Add(row);
  }
  text += recall.Text(2) + "\n";

  TextTable latency("lrrrrrrr");
  latency.Add({"run, ms", "n", "mean", "stddev", "p50", "p95", "p99", "max"});
  bool left_out = false;
  const auto add = [&](const std::string& name, const Summary& s) {
    if (s.n == 0) return;
    const auto tail = [&](double part, double value) {
      const bool enough = s.n >= SamplesNeeded(part);
      left_out |= !enough;
      return enough ? Fixed(value, 3) : "-";
    };
    latency.Add({name, std::to_string(s.n), Fixed(s.mean, 3), Fixed(s.stddev, 3), Fixed(s.p50, 3), tail(0.95, s.p95),
                 tail(0.99, s.p99), Fixed(s.max, 3)});
  };
  for (const ExitInfo& exit : info.exits) add(exit.name, report.exit_latency[exit.index]);
  add("all", report.latency);
  text += latency.Text(2);
  if (left_out) text += "  - : too few images for that percentile\n";

  for (const TierComparison& tier : report.tiers) {
    text += "\n" + tier.isa + " against " + report.isa + ": " + std::to_string(tier.differences.size()) +
            " images with another answer or exit; elsewhere confidences differ by at most " +
            Fixed(tier.largest_confidence_change, 8) + "\n";
    for (const TierDifference& d : tier.differences) {
      const auto show = [&](const Answer& p, const std::vector<float>& confidence) {
        std::string line = Visible(LabelText(info, p.label) + " at " + info.exits[p.exit].name) + ", confidences";
        for (float c : confidence) line += " " + Fixed(c, 7);
        return line;
      };
      text += "  " + Visible(report.image_paths[d.image]) + "\n    " + report.isa + ": " +
              show(d.here, d.here_confidence) + "\n    " + tier.isa + ": " + show(d.there, d.there_confidence) + "\n";
    }
  }
  return text;
}

}  // namespace vitrt::cli

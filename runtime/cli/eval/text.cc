// The report of `vitrt eval` as tables.
#include <algorithm>
#include <cmath>

#include "runtime/cli/eval/report.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/text/escape.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {
namespace {

std::string Percent(double part, double whole, int decimals = 2) {
  return whole > 0 ? Fixed(100 * part / whole, decimals) + " %" : "-";
}

constexpr size_t kMaxColumns = 16;  // classes whose matrix fits a screen

std::vector<int> ClassesSeen(const calibration::Confusion& c) {
  std::vector<int> seen;
  for (int k = 0; k < c.classes; ++k) {
    if (c.images_of(k) + c.predicted_as(k) > 0) seen.push_back(k);
  }
  return seen;
}

std::string ClassesText(const EvalReport& report, const PlanInfo& info) {
  const calibration::Confusion &policy = report.confusion, &last = report.exit_confusion.back();
  const auto percent = [](double part) { return std::isnan(part) ? "-" : Percent(part, 1, 1); };
  TextTable table("lrrrrrr");
  table.Add({"class", "images", "predicted", "precision", "F1", "precision, last exit", "F1, last exit"});
  for (const int c : ClassesSeen(policy)) {
    table.Add({LabelOf(info, c), std::to_string(policy.images_of(c)), std::to_string(policy.predicted_as(c)),
               percent(calibration::Precision(policy, c)), percent(calibration::F1(policy, c)),
               percent(calibration::Precision(last, c)), percent(calibration::F1(last, c))});
  }
  return table.Text(2);
}

// Of many classes the most frequent mistakes.
std::string MistakesText(const calibration::Confusion& c, const PlanInfo& info) {
  struct Mistake {
    int64_t images;
    int truth, predicted;
  };
  std::vector<Mistake> mistakes;
  for (int truth = 0; truth < c.classes; ++truth) {
    for (int predicted = 0; predicted <= c.classes; ++predicted) {
      if (truth != predicted && c.at(truth, predicted) > 0)
        mistakes.push_back({c.at(truth, predicted), truth, predicted});
    }
  }
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const Mistake& a, const Mistake& b) { return a.images > b.images; });
  if (mistakes.size() > kMaxColumns) mistakes.resize(kMaxColumns);
  TextTable table("rll");
  table.Add({"images", "true class", "predicted"});
  for (const Mistake& m : mistakes)
    table.Add({std::to_string(m.images), LabelOf(info, m.truth),
               m.predicted == c.classes ? "no decision" : LabelOf(info, m.predicted)});
  return table.Text(2);
}

std::string MatrixText(const calibration::Confusion& c, const PlanInfo& info) {
  const std::vector<int> classes = ClassesSeen(c);
  if (classes.size() > kMaxColumns) return MistakesText(c, info);
  TextTable table("l" + std::string(classes.size() + 1, 'r'));
  std::vector<std::string> header = {"true, predicted:"};
  for (const int k : classes) header.push_back(LabelOf(info, k));
  header.push_back("no decision");
  table.Add(header);
  for (const int truth : classes) {
    std::vector<std::string> row = {LabelOf(info, truth)};
    for (const int predicted : classes) row.push_back(std::to_string(c.at(truth, predicted)));
    row.push_back(std::to_string(c.at(truth, c.classes)));
    table.Add(row);
  }
  return table.Text(2);
}

std::string InspectionText(const EvalReport& report, const PlanInfo& info) {
  if (!report.good) return "  escape and overkill: name the class of a good part with --good\n";
  const std::string good = LabelOf(info, *report.good);
  TextTable table("lrrrr");
  table.Add({"", "images", "of", "rate", "95 % interval"});
  const auto add = [&](const std::string& name, const calibration::ErrorRate& r) {
    table.Add({name, std::to_string(r.events), std::to_string(r.images),
               Percent(static_cast<double>(r.events), static_cast<double>(r.images)),
               Percent(r.rate.low, 1) + " to " + Percent(r.rate.high, 1)});
  };
  const auto policy = *InspectionOf(report, report.confusion),
             last = *InspectionOf(report, report.exit_confusion.back());
  add("escape (bad predicted " + good + ")", policy.escape);
  add("overkill (" + good + " predicted bad)", policy.overkill);
  add("escape, last exit", last.escape);
  add("overkill, last exit", last.overkill);
  return table.Text(2);
}

// Escape, overkill, precision and F1 per class, and confusion matrices.
std::string ClassificationText(const EvalReport& report, const PlanInfo& info) {
  std::string text = InspectionText(report, info) + "\n" + ClassesText(report, info) + "\n  confusion, policy\n" +
                     MatrixText(report.confusion, info);
  const calibration::Confusion& last = report.exit_confusion.back();
  if (last.count == report.confusion.count) return text + "  the last exit alone: the same\n";
  return text + "  confusion, last exit\n" + MatrixText(last, info);
}

}  // namespace

std::string ReportText(const EvalReport& report, const PlanInfo& info) {
  const calibration::Outcome& a = report.by_policy;
  std::string text = std::to_string(report.images) + " images, policy " + PolicyName(report.policy) + ", " +
                     report.isa + ", " + std::to_string(report.threads) + " threads\n";
  if (report.no_decision > 0) {
    text += std::to_string(report.no_decision) + " images without a decision: logits that are not finite\n";
  }
  text += "\n";
  TextTable exits("lrrrrrr");
  exits.Add({"exit", "accuracy", "balanced", "differs from last", "taken", "of these right", "of these unlike last"});
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
  text += recall.Text(2) + "\n" + ClassificationText(report, info) + "\n";

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
            " images with another class or exit; elsewhere confidences differ by at most " +
            Fixed(tier.largest_confidence_change, 8) + "\n";
    for (const TierDifference& d : tier.differences) {
      const auto show = [&](const Classification& p, const std::vector<float>& confidence) {
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

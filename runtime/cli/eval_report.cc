#include "runtime/cli/eval_report.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/isa.h"
#include "runtime/chart/chart.h"
#include "runtime/cli/answer.h"
#include "runtime/cli/exit_options.h"
#include "runtime/cli/json_line.h"
#include "runtime/cli/text_table.h"

namespace vitrt::cli {
namespace {

std::string Percent(double part, double whole, int decimals = 2) {
  return whole > 0 ? Fixed(100 * part / whole, decimals) + " %" : "-";
}

nlohmann::ordered_json Json(const Summary& s) {
  return {{"n", s.n},     {"min", s.min}, {"p50", s.p50},   {"p90", s.p90},       {"p95", s.p95},
          {"p99", s.p99}, {"max", s.max}, {"mean", s.mean}, {"stddev", s.stddev}, {"cv", s.cv}};
}

nlohmann::ordered_json Recall(const std::vector<double>& recall, const PlanInfo& info) {
  nlohmann::ordered_json json;
  for (size_t c = 0; c < recall.size(); ++c)
    json[LabelOf(info, static_cast<int>(c))] =
        std::isnan(recall[c]) ? nlohmann::ordered_json() : nlohmann::ordered_json(recall[c]);
  return json;
}

nlohmann::ordered_json Json(const PolicyAnswer& a, const PlanInfo& info) {
  return {
      {"exit", info.exits[a.exit].name}, {"label", LabelOf(info, a.label)}, {"confidence", ShortDecimal(a.confidence)}};
}

}  // namespace

EvalReport MakeReport(const Recording& recording, const std::vector<PolicyAnswer>& answers, ExitPolicy policy,
                      const Engine& engine, int threads) {
  const calibration::Records& r = recording.records;
  EvalReport report;
  report.images = r.images;
  report.policy = policy;
  report.isa = IsaName(engine.isa());
  report.threads = threads;
  for (const LabelledImage& image : recording.images) report.image_paths.push_back(image.path);
  for (int k = 0; k < r.exits; ++k) report.exits.push_back(calibration::ForcedExit(r, k, {}));

  // The exits that the runs took decide, not the thresholds applied anew: a deadline may have cut some short.
  report.answered.exit_of.reserve(answers.size());
  calibration::Records taken{.exits = 2,
                             .images = r.images,
                             .classes = r.classes,
                             .confidence = std::vector<float>(2 * static_cast<size_t>(r.images), 1.0f),
                             .predicted = {},
                             .label = r.label};
  for (const PolicyAnswer& a : answers) taken.predicted.push_back(a.label);
  for (int i = 0; i < r.images; ++i) taken.predicted.push_back(r.predicted_of(r.exits - 1, i));
  report.answered = calibration::ForcedExit(taken, 0, {});
  report.answered.exit_count.assign(r.exits, 0);
  report.early_wrong.assign(r.exits, 0);
  report.right_at_exit.assign(r.exits, 0);
  std::vector<double> all;
  std::vector<std::vector<double>> by_exit(r.exits);
  for (int i = 0; i < r.images; ++i) {
    const PolicyAnswer& a = answers[i];
    ++report.answered.exit_count[a.exit];
    report.early_wrong[a.exit] += a.label != r.predicted_of(r.exits - 1, i);
    report.right_at_exit[a.exit] += a.label == r.label[i];
    all.push_back(a.times.run_ms);
    by_exit[a.exit].push_back(a.times.run_ms);
  }
  report.latency = Summarize(all);
  for (auto& times : by_exit) report.exit_latency.push_back(Summarize(std::move(times)));

  report.confidence_bins.assign(r.exits, std::vector<int>(kConfidenceBins, 0));
  report.non_finite.assign(r.exits, 0);
  for (int k = 0; k < r.exits; ++k) {
    for (int i = 0; i < r.images; ++i) {
      const float c = r.confidence_of(k, i);
      if (std::isnan(c))
        ++report.non_finite[k];
      else
        ++report.confidence_bins[k][std::clamp(static_cast<int>(c * kConfidenceBins), 0, kConfidenceBins - 1)];
    }
  }
  return report;
}

nlohmann::ordered_json ReportJson(const EvalReport& report, const PlanInfo& info) {
  nlohmann::ordered_json json = {{"images", report.images},
                                 {"skipped_files", report.skipped_files},
                                 {"policy", PolicyName(report.policy)},
                                 {"isa", report.isa},
                                 {"threads", report.threads}};
  const calibration::Outcome& a = report.answered;
  json["accuracy"] = a.accuracy;
  json["balanced_accuracy"] = a.balanced_accuracy;
  json["recall"] = Recall(a.recall, info);
  json["disagreement_with_last"] = static_cast<double>(a.disagreements) / report.images;
  json["latency_ms"] = Json(report.latency);
  json["exits"] = nlohmann::ordered_json::array();
  for (const ExitInfo& exit : info.exits) {
    const int k = exit.index;
    const calibration::Outcome& e = report.exits[k];
    json["exits"].push_back({{"index", k},
                             {"name", exit.name},
                             {"accuracy", e.accuracy},
                             {"balanced_accuracy", e.balanced_accuracy},
                             {"recall", Recall(e.recall, info)},
                             {"disagreement_with_last", static_cast<double>(e.disagreements) / report.images},
                             {"answered", a.exit_count[k]},
                             {"answered_right", report.right_at_exit[k]},
                             {"answered_unlike_last", report.early_wrong[k]},
                             {"latency_ms", Json(report.exit_latency[k])},
                             {"confidence_histogram", report.confidence_bins[k]},
                             {"non_finite", report.non_finite[k]}});
  }
  if (!report.tiers.empty()) json["tiers"] = nlohmann::ordered_json::array();
  for (const TierComparison& tier : report.tiers) {
    nlohmann::ordered_json differences = nlohmann::ordered_json::array();
    for (const TierDifference& d : tier.differences)
      differences.push_back(
          {{"image", report.image_paths[d.image]}, {"here", Json(d.here, info)}, {"there", Json(d.there, info)}});
    json["tiers"].push_back({{"isa", tier.isa},
                             {"differences", differences},
                             {"largest_confidence_change", tier.largest_confidence_change}});
  }
  json["problems"] = report.problems;
  return json;
}

std::string ReportText(const EvalReport& report, const PlanInfo& info) {
  const calibration::Outcome& a = report.answered;
  std::string text = std::to_string(report.images) + " images, policy " + PolicyName(report.policy) + ", " +
                     report.isa + ", " + std::to_string(report.threads) + " threads\n\n";
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
  const auto add = [&](const std::string& name, const Summary& s) {
    if (s.n > 0)
      latency.Add({name, std::to_string(s.n), Fixed(s.mean, 3), Fixed(s.stddev, 3), Fixed(s.p50, 3), Fixed(s.p95, 3),
                   Fixed(s.p99, 3), Fixed(s.max, 3)});
  };
  for (const ExitInfo& exit : info.exits) add(exit.name, report.exit_latency[exit.index]);
  add("all", report.latency);
  text += latency.Text(2);
  if (const std::string caveat = PercentileCaveat(report.latency.n); !caveat.empty()) text += "  " + caveat + "\n";

  for (const TierComparison& tier : report.tiers) {
    text += "\n" + tier.isa + " against " + report.isa + ": " + std::to_string(tier.differences.size()) +
            " images with another answer or exit; elsewhere confidences differ by at most " +
            Fixed(tier.largest_confidence_change, 8) + "\n";
    for (const TierDifference& d : tier.differences) {
      const auto show = [&](const PolicyAnswer& p) {
        return LabelOf(info, p.label) + " at " + info.exits[p.exit].name + " (" + Fixed(p.confidence, 6) + ")";
      };
      text += "  " + report.image_paths[d.image] + ": " + show(d.here) + ", there " + show(d.there) + "\n";
    }
  }
  return text;
}

std::string ReportSvg(const EvalReport& report, const PlanInfo& info) {
  std::vector<std::string> names;
  chart::Series accuracy{.name = "accuracy", .bars = true}, balanced{.name = "balanced accuracy", .bars = true},
      count{.name = "images", .bars = true}, mean{.name = "mean", .bars = true},
      p95{.name = "95th percentile", .bars = true};
  for (const ExitInfo& exit : info.exits) {
    const int k = exit.index;
    names.push_back(exit.name);
    accuracy.y.push_back(100 * report.exits[k].accuracy);
    balanced.y.push_back(100 * report.exits[k].balanced_accuracy);
    count.y.push_back(report.answered.exit_count[k]);
    mean.y.push_back(report.exit_latency[k].mean);
    p95.y.push_back(report.exit_latency[k].p95);
  }
  chart::Chart confidence{.title = "Confidence of each exit, all images",
                          .x_label = std::string("confidence (") + PolicyName(report.policy) + ")",
                          .y_label = "images"};
  for (const ExitInfo& exit : info.exits) {
    chart::Series s{.name = exit.name};
    for (int b = 0; b < kConfidenceBins; ++b) {
      s.x.push_back((b + 0.5) / kConfidenceBins);
      s.y.push_back(report.confidence_bins[exit.index][b]);
    }
    confidence.series.push_back(s);
  }
  return chart::ToSvg(
      {{.title = "If one exit answered every image",
        .x_label = "exit",
        .y_label = "%",
        .series = {accuracy, balanced},
        .x_names = names},
       {.title = "Where images left", .x_label = "exit", .y_label = "images", .series = {count}, .x_names = names},
       confidence,
       {.title = "Latency by exit", .x_label = "exit", .y_label = "ms", .series = {mean, p95}, .x_names = names}});
}

}  // namespace vitrt::cli

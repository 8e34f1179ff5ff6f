// The report of `vitrt eval` as JSON.
#include <cmath>

#include "runtime/cli/eval/report.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::cli {
namespace {

nlohmann::ordered_json Json(const Summary& s) {
  return {{"n", s.n},           {"min", s.min},   {"p50", s.p50},
          {"p90", s.p90},       {"p95", s.p95},   {"p99", s.p99},
          {"max", s.max},       {"mean", s.mean}, {"variance", s.stddev * s.stddev},
          {"stddev", s.stddev}, {"cv", s.cv}};
}

nlohmann::ordered_json Recall(const std::vector<double>& recall, const PlanInfo& info) {
  nlohmann::ordered_json json;
  for (size_t c = 0; c < recall.size(); ++c)
    json[LabelOf(info, static_cast<int>(c))] =
        std::isnan(recall[c]) ? nlohmann::ordered_json() : nlohmann::ordered_json(recall[c]);
  return json;
}

// One tier's prediction for an image, and every exit's confidence: the one nearest its threshold explains a difference.
nlohmann::ordered_json Json(const Classification& a, const std::vector<float>& confidence, const PlanInfo& info) {
  nlohmann::ordered_json confidences;
  for (const ExitInfo& exit : info.exits) confidences[exit.name] = ShortDecimal(confidence[exit.index]);
  return {{"exit", info.exits[a.exit].name}, {"label", LabelJson(info, a.label)}, {"confidences", confidences}};
}

nlohmann::ordered_json NumberOrNull(double value) {
  return std::isnan(value) ? nlohmann::ordered_json() : nlohmann::ordered_json(value);
}

nlohmann::ordered_json Json(const calibration::ErrorRate& r) {
  const bool any = r.images > 0;
  return {
      {"events", r.events},
      {"images", r.images},
      {"rate", any ? nlohmann::ordered_json(static_cast<double>(r.events) / static_cast<double>(r.images)) : nullptr},
      {"at_least", r.rate.low},
      {"at_most", r.rate.high}};
}

// What follows from the confusion matrix of the policy or of one exit.
void AddRates(const EvalReport& report, const calibration::Confusion& c, const PlanInfo& info,
              nlohmann::ordered_json* json) {
  nlohmann::ordered_json precision, f1;
  for (int k = 0; k < c.classes; ++k) {
    precision[LabelOf(info, k)] = NumberOrNull(calibration::Precision(c, k));
    f1[LabelOf(info, k)] = NumberOrNull(calibration::F1(c, k));
  }
  (*json)["precision"] = precision;
  (*json)["f1"] = f1;
  const auto found = InspectionOf(report, c);
  (*json)["escape"] = found ? Json(found->escape) : nlohmann::ordered_json();
  (*json)["overkill"] = found ? Json(found->overkill) : nlohmann::ordered_json();
}

nlohmann::ordered_json MatrixJson(const calibration::Confusion& c) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (int truth = 0; truth < c.classes; ++truth) {
    rows.push_back(nlohmann::ordered_json::array());
    for (int predicted = 0; predicted <= c.classes; ++predicted) rows.back().push_back(c.at(truth, predicted));
  }
  return rows;
}

}  // namespace

nlohmann::ordered_json ReportJson(const EvalReport& report, const PlanInfo& info) {
  nlohmann::ordered_json json = {{"images", report.images},
                                 {"skipped_files", report.skipped_files},
                                 {"policy", PolicyName(report.policy)},
                                 {"isa", report.isa},
                                 {"threads", report.threads}};
  const calibration::Outcome& a = report.by_policy;
  json["accuracy"] = a.accuracy;
  json["balanced_accuracy"] = a.balanced_accuracy;
  json["recall"] = Recall(a.recall, info);
  json["good"] = report.good ? LabelJson(info, *report.good) : nlohmann::ordered_json();
  AddRates(report, report.confusion, info, &json);
  json["confidence_of_rates"] = calibration::kConfidence;
  json["confusion"] = {{"labels", info.labels},  // rows are true classes; a row's last number is without a decision
                       {"policy", MatrixJson(report.confusion)},
                       {"last", MatrixJson(report.exit_confusion.back())}};
  json["disagreement_with_last"] = static_cast<double>(a.disagreements) / report.images;
  json["no_decision"] = report.no_decision;
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
    AddRates(report, report.exit_confusion[k], info, &json["exits"].back());
  }
  if (!report.tiers.empty()) json["tiers"] = nlohmann::ordered_json::array();
  for (const TierComparison& tier : report.tiers) {
    nlohmann::ordered_json differences = nlohmann::ordered_json::array();
    for (const TierDifference& d : tier.differences)
      differences.push_back({{"image", report.image_paths[d.image]},
                             {"here", Json(d.here, d.here_confidence, info)},
                             {"there", Json(d.there, d.there_confidence, info)}});
    json["tiers"].push_back({{"isa", tier.isa},
                             {"differences", differences},
                             {"largest_confidence_change", tier.largest_confidence_change}});
  }
  json["problems"] = report.problems;
  return json;
}

}  // namespace vitrt::cli

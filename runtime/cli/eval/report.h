// The report of `vitrt eval`, as text, JSON and pictures.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cli/eval/compare_isa.h"
#include "runtime/line/calibration/confusion.h"
#include "runtime/line/calibration/policy_outcome.h"
#include "runtime/line/statistics/statistics.h"

namespace vitrt::cli {

inline constexpr int kConfidenceBins = 20;

struct EvalReport {
  int images = 0, skipped_files = 0;
  ExitPolicy policy = ExitPolicy::kMaxProb;
  std::string isa;
  int threads = 1;
  std::vector<calibration::Outcome> exits;             // as if each exit classified every image
  calibration::Outcome by_policy;                      // what the policy did
  calibration::Confusion confusion;                    // of the policy's predictions
  std::vector<calibration::Confusion> exit_confusion;  // [exits]
  std::optional<int> good;                             // class of a part without defect
  std::vector<int> early_wrong;       // [exits]: images that left there with another class than the last exit's
  std::vector<int> right_at_exit;     // [exits]: images that left there with the right class
  Summary latency;                    // ms of all runs
  std::vector<Summary> exit_latency;  // [exits], of the images that left there
  std::vector<std::vector<int>> confidence_bins;  // [exits][kConfidenceBins] over [0, 1], of all images
  std::vector<int> non_finite;                    // [exits]
  int no_decision = 0;                            // images without a decision
  std::vector<TierComparison> tiers;
  std::vector<std::string> image_paths;  // of the recording
  std::vector<std::string> problems;
};

// One exit alone or the policy as an inspection of good and bad parts; nothing where no class is good.
std::optional<calibration::Inspection> InspectionOf(const EvalReport& report, const calibration::Confusion& confusion);

EvalReport MakeReport(const Recording& recording, const std::vector<Classification>& predictions, ExitPolicy policy,
                      const Engine& engine, int threads);

nlohmann::ordered_json ReportJson(const EvalReport& report, const PlanInfo& info);
std::string ReportText(const EvalReport& report, const PlanInfo& info);
std::string ReportSvg(const EvalReport& report, const PlanInfo& info);

}  // namespace vitrt::cli

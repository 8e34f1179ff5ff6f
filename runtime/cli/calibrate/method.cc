#include "runtime/cli/calibrate/method.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "runtime/base/check.h"
#include "runtime/cli/calibrate/promise.h"
#include "runtime/line/calibration/policy_outcome.h"
#include "runtime/line/calibration/quota.h"

namespace vitrt::cli {
namespace {

using calibration::Outcome;
using calibration::Records;

Result<std::vector<float>> ParseQuota(const std::string& text, int exits) {
  std::vector<float> quota;
  std::stringstream stream(text);
  double sum = 0;
  for (std::string part; std::getline(stream, part, ',');) {
    char* end = nullptr;
    const double v = std::strtod(part.c_str(), &end);
    if (end == part.c_str() || *end != 0 || !(v >= 0 && v <= 1))
      return InvalidArgument("'" + part + "' is no quota between 0 and 1", "--quota");
    quota.push_back(static_cast<float>(v));
    sum += v;
  }
  if (static_cast<int>(quota.size()) == exits - 1 && sum <= 1) quota.push_back(static_cast<float>(1 - sum));
  if (static_cast<int>(quota.size()) != exits || std::abs(sum - 1) > 1e-3) {
    if (static_cast<int>(quota.size()) != exits || sum > 1 + 1e-3) {
      return InvalidArgument(std::to_string(quota.size()) + " quotas with sum " + std::to_string(sum) + " for " +
                                 std::to_string(exits) + " exits",
                             "--quota", "give one per exit (the last may be left out), with sum 1");
    }
  }
  return quota;
}

class Chooser {
 public:
  Chooser(const CalibrateMethod& m, const CalibrationSet& set)
      : m_(m), r_(set.records), cost_(set.cost), enabled_(set.enabled) {}

  Result<Choice> Sweep() {
    const auto quotas = calibration::OfficialQuotas(r_.exits);
    for (size_t i = 0; i < quotas.size(); ++i) {
      choice_.curve.push_back({"point " + std::to_string(i), Mask(calibration::ThresholdsForQuota(r_, quotas[i]))});
    }
    if (m_.point && (*m_.point < 0 || *m_.point >= static_cast<int>(quotas.size())))
      return InvalidArgument("the sweep has points 0 to " + std::to_string(quotas.size() - 1), "--point");
    const int pick = m_.point.value_or(BestPoint());
    choice_.thresholds = choice_.curve[pick].thresholds;
    choice_.evidence["method"] = "official-sweep";
    choice_.evidence["point"] = pick;
    choice_.summary =
        "official sweep, point " + std::to_string(pick) +
        (m_.point ? "" : ": the cheapest that is no less accurate than the last exit, or the most accurate") + ".";
    return std::move(choice_);
  }

  Result<Choice> Quota() {
    VITRT_ASSIGN_OR_RETURN(const std::vector<float> quota, ParseQuota(m_.quota, r_.exits));
    choice_.thresholds = Mask(calibration::ThresholdsForQuota(r_, quota));
    choice_.curve.push_back({"quota", choice_.thresholds});
    choice_.evidence["method"] = "quota";
    choice_.evidence["quota"] = quota;
    choice_.summary = "quotas " + m_.quota + ".";
    return std::move(choice_);
  }

 private:
  int BestPoint() const {
    const double last = calibration::ForcedExit(r_, r_.exits - 1, cost_).accuracy;
    int best = -1, most_accurate = 0;
    double best_cost = INFINITY, accuracy = -1;
    for (size_t i = 0; i < choice_.curve.size(); ++i) {
      const Outcome o = calibration::ApplyThresholds(r_, choice_.curve[i].thresholds, cost_);
      if (o.accuracy >= last && o.mean_cost < best_cost) best = static_cast<int>(i), best_cost = o.mean_cost;
      if (o.accuracy > accuracy) most_accurate = static_cast<int>(i), accuracy = o.accuracy;
    }
    return best >= 0 ? best : most_accurate;
  }

  std::vector<float> Mask(std::vector<float> t) const {
    for (int k = 0; k + 1 < r_.exits; ++k) {
      if (!enabled_[k]) t[k] = calibration::kNeverTaken;
    }
    return t;
  }

  const CalibrateMethod& m_;
  const Records& r_;
  const std::vector<double>& cost_;
  const std::vector<bool>& enabled_;
  Choice choice_;
};

}  // namespace

Result<Choice> ChooseThresholds(const CalibrateMethod& m, const CalibrationSet& set) {
  const bool promised = m.max_disagreement || m.max_accuracy_drop || !m.max_false.empty();
  const int methods = promised + !m.quota.empty() + m.official_sweep;
  if (methods != 1) {
    return InvalidArgument(methods == 0 ? "no method given" : "more than one method given", "command line",
                           "give promises (--max-disagreement, --max-accuracy-drop, --max-false), --quota or "
                           "--official-sweep");
  }
  if (!(m.confidence > 0.5 && m.confidence < 1))
    return InvalidArgument("the confidence must be above 0.5 and below 1", "--confidence");
  if (m.point && !m.official_sweep) return InvalidArgument("--point without --official-sweep", "command line");
  if (promised) return KeepPromises(m, set);
  if (m.official_sweep && set.records.label.empty())
    return InvalidArgument("the official sweep compares accuracies: it needs labels", "--official-sweep");
  Chooser chooser(m, set);
  return m.official_sweep ? chooser.Sweep() : chooser.Quota();
}

}  // namespace vitrt::cli

#include "runtime/cli/calibrate/method.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <sstream>

#include "runtime/base/check.h"
#include "runtime/line/calibration/bound.h"
#include "runtime/line/calibration/budget.h"
#include "runtime/line/calibration/policy_outcome.h"
#include "runtime/line/calibration/quota.h"

namespace vitrt::cli {
namespace {

using calibration::Outcome;
using calibration::Records;

std::string Percent(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", 100 * rate);
  return text;
}

Records Subset(const Records& r, const std::vector<int>& chosen) {
  Records s{.exits = r.exits,
            .images = static_cast<int>(chosen.size()),
            .classes = r.classes,
            .confidence = {},
            .predicted = {},
            .label = {}};
  for (int k = 0; k < r.exits; ++k) {
    for (int i : chosen) {
      s.confidence.push_back(r.confidence_of(k, i));
      s.predicted.push_back(r.predicted_of(k, i));
    }
  }
  for (int i : chosen) s.label.push_back(r.label[i]);
  return s;
}

// Two halves with every class in proportion.
std::pair<Records, Records> Split(const Records& r, unsigned seed) {
  std::vector<int> order(r.images), halves[2];
  for (int i = 0; i < r.images; ++i) order[i] = i;
  std::mt19937 random(seed);
  for (int i = r.images - 1; i > 0; --i) std::swap(order[i], order[random() % (static_cast<unsigned>(i) + 1)]);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return r.label[a] < r.label[b]; });
  for (size_t i = 0; i < order.size(); ++i) halves[i % 2].push_back(order[i]);
  return {Subset(r, halves[0]), Subset(r, halves[1])};
}

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
  Chooser(const CalibrateMethod& m, const Records& r, const std::vector<double>& cost, const std::vector<bool>& enabled)
      : m_(m), r_(r), cost_(cost), enabled_(enabled) {}

  Result<Choice> WithinBudget() {
    const bool disagreement = m_.max_disagreement.has_value();
    error_ = disagreement ? calibration::Error::kDisagreement : calibration::Error::kLoss;
    const double target = disagreement ? *m_.max_disagreement : *m_.max_accuracy_drop;
    const char* what = disagreement ? "disagreement with the last exit" : "right answers of the last exit lost";
    if (!(target >= 0 && target < 1))
      return InvalidArgument("the rate must be at least 0 and below 1 (0.005 is 0.5 %)",
                             disagreement ? "--max-disagreement" : "--max-accuracy-drop");
    choice_.evidence["method"] = disagreement ? "max-disagreement" : "max-accuracy-drop";
    choice_.evidence["target"] = target;
    BudgetCurve();
    if (m_.empirical) {
      const auto budget = static_cast<int64_t>(std::floor(target * r_.images + 1e-9));
      choice_.thresholds = calibration::CheapestThresholds(r_, error_, budget, cost_, enabled_);
      const int64_t seen = Errors(r_, choice_.thresholds);
      const double bound = calibration::UpperBound(seen, r_.images, m_.confidence);
      choice_.evidence["empirical"] = true;
      choice_.evidence["errors"] = seen;
      choice_.evidence["upper_bound"] = bound;
      choice_.summary = std::string(what) + ": " + std::to_string(seen) + " of " + std::to_string(r_.images) +
                        " images. This set does not promise " + Percent(target) + ": at " + Percent(m_.confidence) +
                        " confidence the rate may be " + Percent(bound) + ".";
      return std::move(choice_);
    }
    return Certified(target, what);
  }

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
  // Thresholds from one half, promised by the other.
  Result<Choice> Certified(double target, const char* what) {
    const auto [choose, certify] = Split(r_, m_.seed);
    // Looks: the target's own budget and ever smaller shares of it, none at last.
    std::vector<int64_t> budgets;
    for (auto b = static_cast<int64_t>(std::floor(target * choose.images + 1e-9)); b > 0; b /= 2) budgets.push_back(b);
    budgets.push_back(0);
    const double confidence = 1 - (1 - m_.confidence) / static_cast<double>(budgets.size());
    if (calibration::MostEvents(certify.images, target, confidence) < 0) {
      const int64_t needed = calibration::TrialsNeeded(target, confidence);
      return InvalidArgument(std::to_string(certify.images) + " held-out images can promise at best " +
                                 Percent(calibration::UpperBound(0, certify.images, confidence)) + " at " +
                                 Percent(m_.confidence) + " confidence, not " + Percent(target),
                             "calibration set",
                             needed == INT64_MAX
                                 ? "no set promises a rate of 0; --empirical takes the observed rate instead"
                                 : "give at least " + std::to_string(2 * needed) +
                                       " images, or --empirical to take the observed rate instead");
    }
    for (int64_t budget : budgets) {
      choice_.thresholds = calibration::CheapestThresholds(choose, error_, budget, cost_, enabled_);
      const int64_t seen = Errors(certify, choice_.thresholds);
      const double bound = calibration::UpperBound(seen, certify.images, confidence);
      if (bound > target) continue;
      choice_.evidence["confidence"] = m_.confidence;
      choice_.evidence["chosen_on"] = choose.images;
      choice_.evidence["certified_on"] = certify.images;
      choice_.evidence["errors"] = seen;
      choice_.evidence["upper_bound"] = bound;
      choice_.evidence["looks"] = budgets.size();
      choice_.summary = std::string(what) + ": " + std::to_string(seen) + " of " + std::to_string(certify.images) +
                        " held-out images, at most " + Percent(bound) + " at " + Percent(m_.confidence) +
                        " confidence (target " + Percent(target) + ").";
      return std::move(choice_);
    }
    choice_.thresholds.assign(r_.exits, calibration::kNeverTaken);
    choice_.thresholds.back() = calibration::kAlwaysTaken;
    choice_.evidence["confidence"] = m_.confidence;
    choice_.evidence["upper_bound"] = nullptr;
    choice_.summary =
        "no early exit keeps " + Percent(target) + " on the held-out images: every image goes to the last exit.";
    return std::move(choice_);
  }

  void BudgetCurve() {
    std::vector<float> previous;
    for (int64_t budget = 0; budget <= r_.images / 4; budget = budget < 8 ? budget + 1 : budget * 5 / 4) {
      auto t = calibration::CheapestThresholds(r_, error_, budget, cost_, enabled_);
      if (t == previous) continue;
      previous = t;
      choice_.curve.push_back({std::to_string(budget) + " errors allowed", std::move(t)});
    }
  }

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

  int64_t Errors(const Records& r, const std::vector<float>& t) const {
    const Outcome o = calibration::ApplyThresholds(r, t, {});
    return error_ == calibration::Error::kDisagreement ? o.disagreements : o.losses;
  }

  const CalibrateMethod& m_;
  const Records& r_;
  const std::vector<double>& cost_;
  const std::vector<bool>& enabled_;
  calibration::Error error_ = calibration::Error::kDisagreement;
  Choice choice_;
};

}  // namespace

Result<Choice> ChooseThresholds(const CalibrateMethod& m, const Records& records, const std::vector<double>& cost,
                                const std::vector<bool>& enabled) {
  const int methods =
      m.max_disagreement.has_value() + m.max_accuracy_drop.has_value() + !m.quota.empty() + m.official_sweep;
  if (methods != 1) {
    return InvalidArgument(methods == 0 ? "no method given" : "more than one method given", "command line",
                           "give one of --max-disagreement, --max-accuracy-drop, --quota, --official-sweep");
  }
  if (!(m.confidence > 0.5 && m.confidence < 1))
    return InvalidArgument("the confidence must be above 0.5 and below 1", "--confidence");
  if (m.point && !m.official_sweep) return InvalidArgument("--point without --official-sweep", "command line");
  Chooser chooser(m, records, cost, enabled);
  if (m.official_sweep) return chooser.Sweep();
  if (!m.quota.empty()) return chooser.Quota();
  return chooser.WithinBudget();
}

}  // namespace vitrt::cli

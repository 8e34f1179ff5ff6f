#include "runtime/cli/calibrate/promise.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "runtime/base/check.h"
#include "runtime/line/calibration/bound.h"
#include "runtime/line/calibration/budget.h"
#include "runtime/line/calibration/path.h"
#include "runtime/line/calibration/policy_outcome.h"

namespace vitrt::cli {
namespace {

using calibration::Event;
using calibration::Promise;
using calibration::Records;
using Json = nlohmann::ordered_json;

constexpr size_t kCurveRows = 24;

std::string Percent(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", 100 * rate);
  return text;
}

Status CheckRate(double rate, const char* option) {
  if (rate >= 0 && rate < 1) return {};
  return InvalidArgument("the rate must be at least 0 and below 1 (0.005 is 0.5 %)", option);
}

Status ParseMaxFalse(const std::string& text, const std::vector<std::string>& labels, std::vector<Promise>* promises) {
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    const size_t equals = part.rfind('=');
    if (equals == std::string::npos) return InvalidArgument("'" + part + "' is not CLASS=RATE", "--max-false");
    const std::string name = part.substr(0, equals), number = part.substr(equals + 1);
    const auto label = std::find(labels.begin(), labels.end(), name);
    if (label == labels.end()) return InvalidArgument("the plan has no class '" + name + "'", "--max-false");
    char* end = nullptr;
    const double rate = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != 0) return InvalidArgument("'" + number + "' is no rate", "--max-false");
    VITRT_RETURN_IF_ERROR(CheckRate(rate, "--max-false"));
    promises->push_back({Event::kFalse, rate, static_cast<int>(label - labels.begin())});
  }
  return {};
}

class Promiser {
 public:
  Promiser(const CalibrateMethod& m, const CalibrationSet& set) : m_(m), set_(set), r_(set.records) {}

  Result<Choice> Choose() {
    VITRT_RETURN_IF_ERROR(ReadPromises());
    const Promise& first = promises_.front();
    choice_.evidence["method"] = first.event == Event::kDisagreement ? "max-disagreement"
                                 : first.event == Event::kLoss       ? "max-accuracy-drop"
                                                                     : "max-false";
    choice_.evidence["target"] = first.rate;
    if (m_.empirical) return Empirical();
    return Certified();
  }

 private:
  Status ReadPromises() {
    if (m_.max_disagreement) {
      VITRT_RETURN_IF_ERROR(CheckRate(*m_.max_disagreement, "--max-disagreement"));
      promises_.push_back({Event::kDisagreement, *m_.max_disagreement});
    }
    if (m_.max_accuracy_drop) {
      VITRT_RETURN_IF_ERROR(CheckRate(*m_.max_accuracy_drop, "--max-accuracy-drop"));
      if (r_.label.empty())
        return InvalidArgument("a drop of accuracy needs labelled images", "--max-accuracy-drop",
                               "one folder per class; --max-disagreement needs no labels");
      promises_.push_back({Event::kLoss, *m_.max_accuracy_drop});
    }
    VITRT_RETURN_IF_ERROR(ParseMaxFalse(m_.max_false, set_.labels, &promises_));
    if (m_.path != "common" && m_.path != "fitted")
      return InvalidArgument("'" + m_.path + "' is no path", "--path", "common or fitted");
    return {};
  }

  std::string What(const Promise& p) const {
    switch (p.event) {
      case Event::kDisagreement:
        return "disagreement with " + set_.reference;
      case Event::kLoss:
        return "right predictions of " + set_.reference + " lost";
      case Event::kFalse:
        break;
    }
    return "predictions '" + set_.labels[static_cast<size_t>(p.class_index)] + "' that " + set_.reference +
           " does not give";
  }

  // Checks that `tested` images without an event suffice for the promises.
  Status CheckEnough(int tested, bool fitted) const {
    for (const Promise& p : promises_) {
      if (calibration::MaxEvents(tested, p.rate, m_.confidence) >= 0) continue;
      const int64_t needed = calibration::TrialsNeeded(p.rate, m_.confidence);
      const auto all = needed == INT64_MAX ? needed
                       : fitted ? static_cast<int64_t>(std::ceil(static_cast<double>(needed) / (1 - kFitShare)))
                                : needed;
      return InvalidArgument(
          std::to_string(tested) + " images can promise at best " +
              Percent(calibration::UpperBound(0, tested, m_.confidence)) + " at " + Percent(m_.confidence) +
              " confidence, not " + Percent(p.rate) + " (" + What(p) + ")",
          "calibration set",
          needed == INT64_MAX
              ? "no set promises a rate of 0; --empirical takes the observed rate instead"
              : "give at least " + std::to_string(all) + " images, or --empirical to take the observed rate instead");
    }
    return {};
  }

  Result<Choice> Certified() {
    const bool fitted = m_.path == "fitted";  // decided by the caller: no prediction of a testing image takes part
    calibration::Path path;
    std::optional<Records> others;
    if (fitted) {
      const auto [fit, test] = calibration::DrawPart(r_.images, kFitShare, m_.seed);
      path = calibration::FittedPath(calibration::Subset(r_, fit), promises_.front(), set_.cost, set_.enabled);
      others = calibration::Subset(r_, test);
    } else {
      path = calibration::CommonPath(r_.exits, set_.enabled);
    }
    const Records& tested = others ? *others : r_;
    VITRT_RETURN_IF_ERROR(CheckEnough(tested.images, fitted));
    const calibration::Certificate c = calibration::WalkPath(path, tested, promises_, m_.confidence);
    if (c.setting < 0) return BrokenPromise(c, tested.images);
    choice_.thresholds = path.settings[static_cast<size_t>(c.setting)];
    AddCurve(path, c.tested);
    choice_.evidence["confidence"] = m_.confidence;
    choice_.evidence["path"] = path.name;
    choice_.evidence["chosen_on"] = r_.images - tested.images;
    choice_.evidence["certified_on"] = tested.images;
    if (fitted) choice_.evidence["seed"] = m_.seed;
    choice_.evidence["setting"] = c.setting;
    choice_.evidence["settings_tested"] = c.tested;
    choice_.evidence["p_value"] = c.p;
    AddPromises(c.events, tested.images);
    // Shadow runs compare with the plan's own last exit: only a promise against that can be watched.
    if (m_.max_disagreement && r_.reference.empty()) choice_.evidence["promised_disagreement"] = *m_.max_disagreement;
    if (c.setting == 0) choice_.summary = "no early exit keeps " + Targets() + ": every image goes to the last exit. ";
    for (size_t j = 0; j < promises_.size(); ++j) choice_.summary += Sentence(promises_[j], c.events[j], tested.images);
    choice_.summary += "Path: " + path.name + (fitted ? ", on a fifth of the images that does not test." : ".");
    AddEnd(path, c, tested);
    return std::move(choice_);
  }

  std::string Targets() const {
    std::string text;
    for (const Promise& p : promises_) text += (text.empty() ? "" : " and ") + Percent(p.rate);
    return text;
  }

  std::string Sentence(const Promise& p, int64_t events, int images) const {
    return What(p) + ": " + std::to_string(events) + " of " + std::to_string(images) + " images, at most " +
           Percent(calibration::UpperBound(events, images, m_.confidence)) + " at " + Percent(m_.confidence) +
           " confidence (target " + Percent(p.rate) + "). ";
  }

  void AddPromises(const std::vector<int64_t>& events, int images) {
    choice_.evidence["errors"] = events.front();
    choice_.evidence["upper_bound"] = calibration::UpperBound(events.front(), images, m_.confidence);
    Json list = Json::array();
    for (size_t j = 0; j < promises_.size(); ++j) {
      const Promise& p = promises_[j];
      list.push_back(
          {{"of", What(p)},
           {"class", p.class_index < 0 ? Json(nullptr) : Json(set_.labels[static_cast<size_t>(p.class_index)])},
           {"rate", p.rate},
           {"events", events[j]},
           {"images", images},
           {"upper_bound", calibration::UpperBound(events[j], images, m_.confidence)},
           {"p_value", calibration::AtMostEvents(events[j], images, p.rate)}});
    }
    choice_.evidence["promises"] = list;
  }

  // Where the path ended: the exit whose predictions broke the first promise most often.
  void AddEnd(const calibration::Path& path, const calibration::Certificate& c, const Records& tested) {
    if (c.tested - 1 <= c.setting) return;
    std::vector<int> exit_of(static_cast<size_t>(tested.images)), events(static_cast<size_t>(r_.exits)), taken = events;
    calibration::ExitsTaken(tested, path.settings[static_cast<size_t>(c.tested - 1)], exit_of);
    for (int i = 0; i < tested.images; ++i) {
      const auto k = static_cast<size_t>(exit_of[static_cast<size_t>(i)]);
      ++taken[k];
      events[k] += calibration::IsEvent(tested, static_cast<int>(k), i, promises_.front());
    }
    const auto worst = static_cast<size_t>(std::max_element(events.begin(), events.end()) - events.begin());
    choice_.evidence["ended_by"] = {{"exit", set_.exits[worst]}, {"events", events[worst]}, {"answers", taken[worst]}};
    choice_.summary += " The next setting failed: of the " + std::to_string(taken[worst]) + " predictions of exit " +
                       set_.exits[worst] + " " + std::to_string(events[worst]) + " would count against it.";
    if (m_.path == "common" && 2 * events[worst] > taken[worst])
      choice_.summary += " --path fitted can leave that exit out.";
  }

  Result<Choice> BrokenPromise(const calibration::Certificate& c, int images) const {
    for (size_t j = 0; j < promises_.size(); ++j) {
      const double bound = calibration::UpperBound(c.events[j], images, m_.confidence);
      if (bound <= promises_[j].rate) continue;
      return InvalidArgument("the last exit itself does not keep " + Percent(promises_[j].rate) + ": " +
                                 What(promises_[j]) + ": " + std::to_string(c.events[j]) + " of " +
                                 std::to_string(images) + " images, at most " + Percent(bound),
                             "calibration set", "no threshold can repair that");
    }
    return Internal("fixed-sequence testing ended without a failed promise");
  }

  Result<Choice> Empirical() {
    const Promise& first = promises_.front();
    BudgetCurve(first);
    const auto budget = static_cast<int64_t>(std::floor(first.rate * r_.images + 1e-9));
    choice_.thresholds = calibration::CheapestThresholds(r_, first, budget, set_.cost, set_.enabled);
    std::vector<int> exit_of(static_cast<size_t>(r_.images));
    calibration::ExitsTaken(r_, choice_.thresholds, exit_of);
    std::vector<int64_t> events;
    for (const Promise& p : promises_) events.push_back(calibration::CountEvents(r_, exit_of, p));
    choice_.evidence["empirical"] = true;
    AddPromises(events, r_.images);
    const double bound = calibration::UpperBound(events.front(), r_.images, m_.confidence);
    choice_.summary = What(first) + ": " + std::to_string(events.front()) + " of " + std::to_string(r_.images) +
                      " images. This set does not promise " + Percent(first.rate) + ": at " + Percent(m_.confidence) +
                      " confidence the rate may be " + Percent(bound) + ".";
    return std::move(choice_);
  }

  void BudgetCurve(const Promise& promise) {
    std::vector<float> previous;
    for (int64_t budget = 0; budget <= r_.images / 4; budget = budget < 8 ? budget + 1 : budget * 5 / 4) {
      auto t = calibration::CheapestThresholds(r_, promise, budget, set_.cost, set_.enabled);
      if (t == previous) continue;
      previous = t;
      choice_.curve.push_back({std::to_string(budget) + " errors allowed", std::move(t)});
    }
  }

  // Settings of the path that take other exits than the one before, thinned out; some beyond the end show what was not
  // certified.
  void AddCurve(const calibration::Path& path, int tested) {
    std::vector<size_t> changed;
    std::vector<int> exit_of(static_cast<size_t>(r_.images)), before = exit_of;
    size_t beyond = 0;
    for (size_t s = 1; s < path.settings.size() && beyond < kCurveRows / 3; ++s) {
      calibration::ExitsTaken(r_, path.settings[s], exit_of);
      if (exit_of == before) continue;
      before = exit_of;
      changed.push_back(s);
      beyond += s >= static_cast<size_t>(tested);
    }
    const size_t inside = changed.size() - beyond, most = kCurveRows - kCurveRows / 3;
    for (size_t i = 0; i < changed.size(); ++i) {
      const size_t kept_before = i * most / std::max<size_t>(inside, 1);
      const size_t kept_with = (i + 1) * most / std::max<size_t>(inside, 1);
      if (i < inside && inside > most && kept_before == kept_with) continue;
      choice_.curve.push_back({"setting " + std::to_string(changed[i]), path.settings[changed[i]]});
    }
  }

  const CalibrateMethod& m_;
  const CalibrationSet& set_;
  const Records& r_;
  std::vector<Promise> promises_;
  Choice choice_;
};

}  // namespace

Result<Choice> KeepPromises(const CalibrateMethod& method, const CalibrationSet& set) {
  return Promiser(method, set).Choose();
}

}  // namespace vitrt::cli

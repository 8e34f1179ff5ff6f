#include "runtime/line/monitor/findings.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "runtime/line/calibration/bound.h"

namespace vitrt::monitor {
namespace {

using Records = std::vector<audit::Record>;

std::vector<std::string> ExitNames(const Records& records) {
  std::map<int, std::string> names;
  for (const audit::Record& r : records) names[r.exit] = r.exit_name;
  std::vector<std::string> list;
  list.reserve(names.size());
  for (const auto& [index, name] : names) list.push_back(name);
  return list;
}

// Finite confidences of the predictions at `exit`; "": at every exit. Rounded: another instruction tier has other last
// bits, and where most confidences are nearly 1 those would look like another distribution.
std::vector<float> Confidences(const Records& records, const std::string& exit) {
  constexpr float kSteps = 1e4f;
  std::vector<float> values;
  for (const audit::Record& r : records) {
    if ((exit.empty() || r.exit_name == exit) && std::isfinite(r.confidence))
      values.push_back(std::round(r.confidence * kSteps) / kSteps);
  }
  return values;
}

std::vector<float> NumbersOf(const Records& records, float audit::Record::*number) {
  std::vector<float> values;
  for (const audit::Record& r : records) values.push_back(r.*number);
  return values;
}

std::vector<double> Shares(const std::vector<float>& confidences) {
  if (confidences.empty()) return {};
  std::vector<double> shares(kConfidenceBins);
  for (const float c : confidences) {
    const int bin = std::clamp(static_cast<int>(c * kConfidenceBins), 0, kConfidenceBins - 1);
    shares[static_cast<size_t>(bin)] += 1.0 / static_cast<double>(confidences.size());
  }
  return shares;
}

// "" where there is no decision.
std::string ClassOf(const audit::Record& r) { return r.decided() ? r.label : std::string(); }

std::map<std::string, double> ClassShares(const Records& records) {
  std::map<std::string, double> shares;
  for (const audit::Record& r : records) shares[ClassOf(r)] += 1.0 / static_cast<double>(records.size());
  return shares;
}

// By their share now and in the reference together.
std::vector<ClassShare> Classes(const Records& records, const History* reference) {
  std::map<std::string, double> now = ClassShares(records), then;
  if (reference != nullptr) then = ClassShares(reference->records);
  for (const auto& [label, share] : then) now[label] += 0;
  std::vector<ClassShare> classes;
  for (const auto& [label, share] : now) {
    classes.push_back({label, share, std::nullopt});
    if (reference != nullptr) classes.back().reference = then[label];
  }
  const auto weight = [](const ClassShare& c) { return c.now + c.reference.value_or(0); };
  std::stable_sort(classes.begin(), classes.end(),
                   [&](const ClassShare& a, const ClassShare& b) { return weight(a) > weight(b); });
  if (classes.size() <= kMaxClasses + 1) return classes;
  ClassShare others{"others", 0, reference != nullptr ? std::optional<double>(0) : std::nullopt};
  for (size_t i = kMaxClasses; i < classes.size(); ++i) {
    others.now += classes[i].now;
    if (others.reference) *others.reference += *classes[i].reference;
  }
  classes.resize(kMaxClasses);
  classes.push_back(others);
  return classes;
}

// Where a class stands in `classes`: among the others where it has no entry.
size_t PlaceOf(const std::string& label, const std::vector<ClassShare>& classes) {
  for (size_t i = 0; i + 1 < classes.size(); ++i) {
    if (classes[i].label == label) return i;
  }
  return classes.size() - 1;
}

double Quantile(std::vector<double> values, double part) {
  const auto at = static_cast<ptrdiff_t>(part * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)];
}

std::vector<Block> Blocks(const Records& records, const std::vector<std::string>& exits,
                          const std::vector<ClassShare>& classes) {
  const size_t count = std::min<size_t>(kMaxBlocks, std::max<size_t>(1, records.size() / 10));
  std::vector<Block> blocks;
  for (size_t b = 0; b < count; ++b) {
    const size_t begin = records.size() * b / count, end = records.size() * (b + 1) / count;
    Block block{.first_time = records[begin].time,
                .predictions = static_cast<int64_t>(end - begin),
                .exit_share = std::vector<double>(exits.size()),
                .class_share = std::vector<double>(classes.size())};
    const double part = 1.0 / static_cast<double>(end - begin);
    std::vector<double> ms;
    double confidence = 0;
    int64_t finite = 0;
    for (size_t i = begin; i < end; ++i) {
      const audit::Record& r = records[i];
      const auto exit = static_cast<size_t>(std::find(exits.begin(), exits.end(), r.exit_name) - exits.begin());
      block.exit_share[exit] += part;
      block.class_share[PlaceOf(ClassOf(r), classes)] += part;
      block.brightness += part * r.input_mean;
      block.contrast += part * r.input_deviation;
      ms.push_back(r.total_ms());
      if (std::isfinite(r.confidence)) confidence += r.confidence, ++finite;
    }
    block.p50_ms = Quantile(ms, 0.5);
    block.p95_ms = Quantile(ms, 0.95);
    block.mean_confidence = finite > 0 ? confidence / static_cast<double>(finite) : 0;
    blocks.push_back(std::move(block));
  }
  return blocks;
}

Records LeastConfident(const Records& records) {
  const auto key = [](const audit::Record& r) { return std::isfinite(r.confidence) ? r.confidence : -1.0f; };
  Records least(std::min(kLeastConfident, records.size()));
  std::partial_sort_copy(records.begin(), records.end(), least.begin(), least.end(),
                         [&](const audit::Record& a, const audit::Record& b) { return key(a) < key(b); });
  return least;
}

// Runs the checks and keeps them, or the reason why not.
class Checker {
 public:
  Checker(const Records& reference, const Records& current, Findings* findings)
      : reference_(reference), current_(current), findings_(findings) {}

  void Confidence(const std::string& what, const std::string& exit) {
    Values(what, Confidences(reference_, exit), Confidences(current_, exit));
  }

  void Values(const std::string& what, std::vector<float> a, std::vector<float> b) {
    if (!Enough(what, a.size(), b.size())) return;
    const Comparison distance = KolmogorovSmirnov(a, b);  // sorts both
    Add(what, "Kolmogorov-Smirnov D", distance);
    const int bins = static_cast<int>(std::min<size_t>(10, std::min(a.size(), b.size()) / 10));
    const std::vector<float> edges = QuantileEdges(a, bins);
    Add(what, "population stability index", PopulationStability(CountByEdges(a, edges), CountByEdges(b, edges)));
  }

  // A number that every record has.
  void Number(const std::string& what, float audit::Record::*number) {
    Values(what, NumbersOf(reference_, number), NumbersOf(current_, number));
  }

  // Shares of the values of `key` (exits, classes). Values too rare for the formula are taken together.
  template <typename Key>
  void Mix(const std::string& what, Key&& key) {
    if (!Enough(what, reference_.size(), current_.size())) return;
    std::map<std::optional<std::string>, std::pair<int64_t, int64_t>> counts;
    for (const audit::Record& r : reference_) ++counts[key(r)].first;
    for (const audit::Record& r : current_) ++counts[key(r)].second;
    const double current_part =
        static_cast<double>(current_.size()) / static_cast<double>(current_.size() + reference_.size());
    std::vector<int64_t> a, b;
    int64_t rare_a = 0, rare_b = 0;
    for (const auto& [value, count] : counts) {
      const double expected =
          static_cast<double>(count.first + count.second) * std::min(current_part, 1 - current_part);
      if (expected < 5) {
        rare_a += count.first, rare_b += count.second;
      } else {
        a.push_back(count.first), b.push_back(count.second);
      }
    }
    if (rare_a + rare_b > 0) a.push_back(rare_a), b.push_back(rare_b);
    if (a.size() >= 2) Add(what, "population stability index", PopulationStability(a, b));
  }

  void Decide(double false_alarm_rate) {
    for (Check& check : findings_->checks) {
      check.alarm = check.result.p < false_alarm_rate / static_cast<double>(findings_->checks.size());
      findings_->alarm = findings_->alarm || check.alarm;
    }
  }

 private:
  bool Enough(const std::string& what, size_t a, size_t b) {
    if (std::min(a, b) >= static_cast<size_t>(kFewest)) return true;
    findings_->left_out.push_back(what + ": " + std::to_string(a) + " predictions in the reference, " +
                                  std::to_string(b) + " now; " + std::to_string(kFewest) + " are needed");
    return false;
  }
  void Add(const std::string& what, const std::string& statistic, const Comparison& result) {
    findings_->checks.push_back({what, statistic, result});
  }

  const Records &reference_, &current_;
  Findings* findings_;
};

ExitFindings AtExit(const std::string& name, const Records& records, const History* reference) {
  ExitFindings e{.name = name, .share = Shares(Confidences(records, name)), .reference_share = {}};
  if (reference != nullptr) e.reference_share = Shares(Confidences(reference->records, name));
  for (const audit::Record& r : records) {
    if (r.exit_name != name) continue;
    ++e.taken;
    if (!r.shadow) continue;
    ++e.shadowed;
    e.disagreed += r.shadow->class_index != r.class_index;
  }
  e.disagreement_bound = calibration::UpperBound(e.disagreed, e.shadowed, 0.95);
  return e;
}

}  // namespace

Findings Examine(const History& history, const Expectations& expected) {
  const Records& records = history.records;
  const History* reference = expected.reference;
  Findings f;
  f.predictions = static_cast<int64_t>(records.size());
  f.refused = history.refused;
  f.bad_lines = history.bad_lines;
  f.first_time = records.front().time;
  f.last_time = records.back().time;
  f.plans.assign(history.plans.begin(), history.plans.end());
  for (const audit::Record& r : records) {
    f.no_decision += !r.decided();
    for (const std::string& flag : r.flags) {
      f.non_finite += flag == "non_finite";
      f.deadline_cuts += flag == "deadline";
    }
  }
  const std::vector<std::string> exits = ExitNames(records);
  for (const std::string& name : exits) f.exits.push_back(AtExit(name, records, reference));
  f.classes = Classes(records, reference);
  const auto distribution = [&](float audit::Record::*number) {
    return DistributionOf(NumbersOf(records, number),
                          reference == nullptr ? std::vector<float>() : NumbersOf(reference->records, number));
  };
  f.brightness = distribution(&audit::Record::input_mean);
  f.contrast = distribution(&audit::Record::input_deviation);
  f.blocks = Blocks(records, exits, f.classes);
  f.least_confident = LeastConfident(records);
  f.false_alarm_rate = expected.false_alarm_rate;
  f.live = WatchPromise(history, expected.promised, expected.false_alarm_rate);
  if (reference == nullptr) return f;

  f.reference_predictions = static_cast<int64_t>(reference->records.size());
  Checker checker(reference->records, records, &f);
  checker.Confidence("confidence of all answers", "");
  if (exits.size() > 1) {
    for (const std::string& name : exits) checker.Confidence("confidence at exit " + name, name);
  }
  checker.Number("brightness of the input", &audit::Record::input_mean);
  checker.Number("contrast of the input", &audit::Record::input_deviation);
  using Value = std::optional<std::string>;
  checker.Mix("exits taken", [](const audit::Record& r) -> Value { return r.exit_name; });
  checker.Mix("classes answered", [](const audit::Record& r) { return r.decided() ? Value(r.label) : Value(); });
  checker.Decide(expected.false_alarm_rate);
  return f;
}

}  // namespace vitrt::monitor

// What `vitrt monitor` reports of a history, by itself and against a reference.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/line/monitor/distribution.h"
#include "runtime/line/monitor/drift.h"
#include "runtime/line/monitor/history.h"
#include "runtime/line/monitor/live.h"

namespace vitrt::monitor {

inline constexpr int kConfidenceBins = 20;
inline constexpr int kMaxBlocks = 40;
inline constexpr size_t kMaxClasses = 5;
inline constexpr size_t kLeastConfident = 20;

// One comparison with the reference.
struct Check {
  std::string what;       // "confidence at exit early"
  std::string statistic;  // "Kolmogorov-Smirnov D", "population stability index"
  Comparison result;
  bool alarm = false;
};

struct ExitFindings {
  std::string name;
  int64_t taken = 0;
  std::vector<double> share, reference_share;  // [kConfidenceBins] of the predictions at this exit; empty: none
  int64_t shadowed = 0, disagreed = 0;
  double disagreement_bound = 1;  // 95 % upper bound of the rate (Clopper, Pearson)
};

// Share of one class in the predictions. Label "": without a decision; "others": all classes without their own entry.
struct ClassShare {
  std::string label;
  double now = 0;
  std::optional<double> reference;
};

// Consecutive predictions, about equally many in each block.
struct Block {
  std::string first_time;
  int64_t predictions = 0;
  std::vector<double> exit_share;   // [exits]
  std::vector<double> class_share;  // [Findings::classes]
  double p50_ms = 0, p95_ms = 0, mean_confidence = 0;
  double brightness = 0, contrast = 0;  // means of the records' input_mean and input_deviation
};

struct Findings {
  int64_t predictions = 0, refused = 0, bad_lines = 0, non_finite = 0, no_decision = 0, deadline_cuts = 0;
  std::string first_time, last_time;
  std::vector<std::string> plans;
  std::vector<ExitFindings> exits;    // in the order of their indices
  std::vector<ClassShare> classes;    // the most frequent first, kMaxClasses at most, then the others
  Distribution brightness, contrast;  // of the model's input
  std::vector<Block> blocks;
  std::vector<audit::Record> least_confident;  // not finite first

  // Against the reference. The rate at which an unchanged process raises the alarm is at most false_alarm_rate: each of
  // n checks has 1/n of it (Bonferroni).
  std::optional<int64_t> reference_predictions;
  double false_alarm_rate = 0;
  std::vector<Check> checks;
  std::vector<std::string> left_out;  // checks that had too few predictions
  bool alarm = false;

  // Of the promised rate; none where nothing is promised or no image was also run to the last exit.
  std::optional<LiveFindings> live;

  bool any_alarm() const { return alarm || (live && live->alarm()); }
};

// What a history is compared with.
struct Expectations {
  const History* reference = nullptr;
  std::optional<double> promised = {};  // rate of disagreement; nullopt: as the log's lines say
  double false_alarm_rate = 0.01;  // of the drift checks of one report, and of the promise over the line's whole life
};

Findings Examine(const History& history, const Expectations& expected);

}  // namespace vitrt::monitor

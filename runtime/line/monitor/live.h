// The promised rate of disagreement, watched on the shadow sample: the result of calibration/live_test.h for a
// history, and its course.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/line/calibration/live_test.h"
#include "runtime/line/monitor/history.h"

namespace vitrt::monitor {

inline constexpr size_t kMaxLivePoints = 400;

struct LivePoint {
  int64_t sample = 0;
  double capital = 1, rate = 0;
  calibration::Interval interval;  // of the rate so far, valid at every moment at once
};

struct LiveFindings {
  double promised = 0, level = 0;
  int64_t samples = 0, events = 0;  // shadow images of the last plan, and those with another class at the last exit
  double capital = 1, largest_capital = 1;
  int64_t alarm_at = 0;    // the sample at which the capital reached 1/level; 0: it did not
  std::string alarm_time;  // of that sample's record
  calibration::Interval interval;
  std::vector<LivePoint> points;  // the last sample, every moment of an alarm, and at most kMaxLivePoints others

  bool alarm() const { return alarm_at > 0; }
};

// Of the records of the last plan. promised: instead of the promise that the log's lines carry. None where
// there is no promise, or no shadow image since.
std::optional<LiveFindings> WatchPromise(const History& history, std::optional<double> promised, double level);

}  // namespace vitrt::monitor

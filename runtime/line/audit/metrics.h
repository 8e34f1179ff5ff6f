// Running totals of a process, in the text format of Prometheus (exposition format 0.0.4). Times are seconds there.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "runtime/line/audit/prometheus_text.h"
#include "runtime/line/audit/record.h"
#include "runtime/line/calibration/live_test.h"

namespace vitrt::audit {

// Chance of an alarm on a promise that is kept, over the whole life of the process.
inline constexpr double kPromiseAlarmLevel = 0.01;

// Bounded: one entry for each exit, and for each pair of exit and label that was predicted. Not thread-safe.
class Metrics {
 public:
  Metrics(std::string version, std::optional<double> deadline_ms)
      : version_(std::move(version)), deadline_ms_(deadline_ms) {}

  // Starts a new test of this promised rate of disagreement on shadow images; nullopt: none.
  void WatchPromise(std::optional<double> promised);

  void UsePlan(const std::string& sha256) { plan_ = sha256; }  // until a record names another
  void Count(const Record& record);
  void CountLostLine() { ++lost_lines_; }  // a line that could not be logged

  // Adds its families; every sample begins with these labels.
  void AddTo(const Labels& labels, PrometheusText* text) const;
  std::string Text() const;  // alone

 private:
  static constexpr std::array<double, 14> kConfidenceBounds = {0.1, 0.2,  0.3, 0.4,  0.5,  0.6,   0.7,
                                                               0.8, 0.85, 0.9, 0.95, 0.99, 0.999, 1};
  static constexpr std::array<double, 13> kSecondBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075,
                                                           0.1,   0.25,   0.5,   1,    2.5,   10};
  template <size_t N>
  struct Histogram {
    std::array<int64_t, N + 1> count{};  // by bound; the last: above all bounds
    double sum = 0;
  };
  template <size_t N>
  static void Observe(const std::array<double, N>& bounds, double value, Histogram<N>* histogram);

  struct Exit {
    Histogram<kConfidenceBounds.size()> confidence;
    Histogram<kSecondBounds.size()> seconds;
    int64_t shadowed = 0, disagreed = 0;
  };

  std::string version_, plan_;
  std::optional<double> deadline_ms_;
  std::map<std::pair<std::string, std::string>, int64_t> predictions_;  // exit, label
  std::map<std::string, Exit> exits_;
  std::map<std::string, Histogram<kSecondBounds.size()>> latencies_;  // by camera
  std::optional<calibration::LiveTest> promise_;
  int64_t refused_ = 0, no_decision_ = 0, non_finite_ = 0, deadline_cuts_ = 0, overruns_ = 0, lost_lines_ = 0;
};

}  // namespace vitrt::audit

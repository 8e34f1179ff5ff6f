// What a server counts: requests, batches, and the answers of each model, named as `--metrics` names them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "vitrt/session.h"

namespace vitrt::serve {

// Bounded: entries for models and statuses, exits and labels. Thread-safe.
class ServeMetrics {
 public:
  explicit ServeMetrics(std::string version) : version_(std::move(version)) {}

  void CountRequest(const std::string& model, int status, double seconds);  // from its arrival to its answer
  void CountAnswer(const std::string& model, const PlanInfo& info, const Prediction& prediction);
  void CountBatch(int images);

  std::string Text(size_t waiting, int running) const;

 private:
  static constexpr std::array<double, 11> kSecondBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                           0.1,   0.25,   0.5,   1,    5};
  static constexpr std::array<double, 4> kBatchBounds = {1, 2, 4, 8};
  template <size_t N>
  struct Histogram {
    std::array<int64_t, N + 1> counts{};
    double sum = 0;

    void Observe(const std::array<double, N>& bounds, double value);
  };

  const std::string version_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, int64_t> requests_;  // model, status
  std::map<std::string, Histogram<kSecondBounds.size()>> seconds_;
  Histogram<kBatchBounds.size()> batches_;
  std::map<std::array<std::string, 3>, int64_t> answers_;  // model, exit, label
  std::map<std::string, int64_t> no_decision_;
};

}  // namespace vitrt::serve

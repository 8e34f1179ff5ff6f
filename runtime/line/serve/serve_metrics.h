// What a server counts of its requests. Predictions: prediction_recorder.h.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "runtime/line/audit/prometheus_text.h"

namespace vitrt::serve {

// Bounded: entries for models and statuses. Thread-safe.
class ServeMetrics {
 public:
  void CountRequest(const std::string& model, int status, double seconds);  // from its arrival to its response
  void CountBatch(int images);

  void AddTo(size_t waiting, int running, audit::PrometheusText* text) const;

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

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, int64_t> requests_;  // model, status
  std::map<std::string, Histogram<kSecondBounds.size()>> seconds_;
  Histogram<kBatchBounds.size()> batches_;
};

}  // namespace vitrt::serve

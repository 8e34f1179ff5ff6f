#include "runtime/line/serve/serve_metrics.h"

#include <algorithm>

namespace vitrt::serve {

template <size_t N>
void ServeMetrics::Histogram<N>::Observe(const std::array<double, N>& bounds, double value) {
  ++counts[static_cast<size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin())];
  sum += value;
}

void ServeMetrics::CountRequest(const std::string& model, int status, double seconds) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++requests_[{model, status}];
  seconds_[model].Observe(kSecondBounds, seconds);
}

void ServeMetrics::CountBatch(int images) {
  const std::lock_guard<std::mutex> lock(mutex_);
  batches_.Observe(kBatchBounds, images);
}

void ServeMetrics::AddTo(size_t waiting, int running, audit::PrometheusText* to) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  audit::PrometheusText& text = *to;
  text.Family("vitrt_requests_total", "counter", "Infer requests, by model and HTTP status.");
  for (const auto& [key, count] : requests_) {
    text.Sample({{"model", key.first}, {"code", std::to_string(key.second)}}, count);
  }
  text.Family("vitrt_request_seconds", "histogram", "From the arrival of an infer request to its response.");
  for (const auto& [model, h] : seconds_) text.Histogram({{"model", model}}, kSecondBounds, h.counts, h.sum);
  text.Family("vitrt_requests_waiting", "gauge", "Infer requests in the queue.");
  text.Sample({}, static_cast<int64_t>(waiting));
  text.Family("vitrt_workers_busy", "gauge", "Workers that run a request now.");
  text.Sample({}, static_cast<int64_t>(running));
  text.Family("vitrt_batch_images", "histogram", "Images that ran together.");
  text.Histogram({}, kBatchBounds, batches_.counts, batches_.sum);
}

}  // namespace vitrt::serve

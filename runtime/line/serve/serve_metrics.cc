#include "runtime/line/serve/serve_metrics.h"

#include <algorithm>

#include "runtime/line/answer/prediction_format.h"
#include "runtime/line/audit/prometheus_text.h"

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

void ServeMetrics::CountAnswer(const std::string& model, const PlanInfo& info, const Prediction& prediction) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (prediction.label < 0) {
    ++no_decision_[model];
    return;
  }
  ++answers_[{model, info.exits[static_cast<size_t>(prediction.exit)].name, line::LabelOf(info, prediction.label)}];
}

void ServeMetrics::CountBatch(int images) {
  const std::lock_guard<std::mutex> lock(mutex_);
  batches_.Observe(kBatchBounds, images);
}

std::string ServeMetrics::Text(size_t waiting, int running) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  audit::PrometheusText text;
  text.Family("vitrt_requests_total", "counter", "Infer requests, by model and HTTP status.");
  for (const auto& [key, count] : requests_) {
    text.Sample({{"model", key.first}, {"code", std::to_string(key.second)}}, count);
  }
  text.Family("vitrt_request_seconds", "histogram", "From the arrival of an infer request to its answer.");
  for (const auto& [model, h] : seconds_) text.Histogram({{"model", model}}, kSecondBounds, h.counts, h.sum);
  text.Family("vitrt_requests_waiting", "gauge", "Infer requests in the queue.");
  text.Sample({}, static_cast<int64_t>(waiting));
  text.Family("vitrt_workers_busy", "gauge", "Workers that answer now.");
  text.Sample({}, static_cast<int64_t>(running));
  text.Family("vitrt_batch_images", "histogram", "Images that ran together.");
  text.Histogram({}, kBatchBounds, batches_.counts, batches_.sum);
  text.Family("vitrt_images_total", "counter", "Images answered, by the exit that answered and the class.");
  for (const auto& [key, count] : answers_) {
    text.Sample({{"model", key[0]}, {"exit", key[1]}, {"label", key[2]}}, count);
  }
  text.Family("vitrt_images_no_decision_total", "counter", "Images whose answer is no class.");
  for (const auto& [model, count] : no_decision_) text.Sample({{"model", model}}, count);
  text.Family("vitrt_info", "gauge", "What answers: the version of vitrt.");
  text.Sample({{"version", version_}}, int64_t{1});
  return text.Text();
}

}  // namespace vitrt::serve

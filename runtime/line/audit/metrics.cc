#include "runtime/line/audit/metrics.h"

#include <algorithm>
#include <cmath>

namespace vitrt::audit {

template <size_t N>
void Metrics::Observe(const std::array<double, N>& bounds, double value, Histogram<N>* histogram) {
  ++histogram->count[static_cast<size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin())];
  histogram->sum += value;
}

void Metrics::WatchPromise(std::optional<double> promised) {
  promise_.reset();
  if (promised && *promised > 0 && *promised < 1) promise_.emplace(*promised, kPromiseAlarmLevel);
}

void Metrics::Count(const Record& r) {
  plan_ = r.plan;
  if (!r.error.empty()) {
    ++refused_;
    return;
  }
  if (r.decided()) {
    ++predictions_[{r.exit_name, r.label}];
  } else {
    ++no_decision_;
  }
  Exit& exit = exits_[r.exit_name];
  if (std::isfinite(r.confidence)) Observe(kConfidenceBounds, r.confidence, &exit.confidence);
  Observe(kSecondBounds, r.total_ms() / 1000, &exit.seconds);
  if (r.shadow) {
    ++exit.shadowed;
    const bool disagreed = r.shadow->class_index != r.class_index;
    exit.disagreed += disagreed;
    if (promise_) promise_->Add(disagreed);
  }
  for (const std::string& flag : r.flags) {
    non_finite_ += flag == "non_finite";
    deadline_cuts_ += flag == "deadline";
  }
  if (r.latency_ms) Observe(kSecondBounds, *r.latency_ms / 1000, &latencies_[r.camera]);
  overruns_ += deadline_ms_ && r.total_ms() > *deadline_ms_;
}

std::string Metrics::Text() const {
  PrometheusText text;
  AddTo({}, &text);
  return text.Text();
}

void Metrics::AddTo(const Labels& labels, PrometheusText* to) const {
  PrometheusText& text = *to;
  text.Begin(labels);
  const auto counter = [&](const char* name, const char* help, int64_t value) {
    text.Family(name, "counter", help);
    text.Sample({}, value);
  };
  const auto gauge = [&](const char* name, const char* help, double value) {
    text.Family(name, "gauge", help);
    text.Sample({}, value);
  };
  text.Family("vitrt_info", "gauge", "Version of vitrt and SHA-256 of the plan in use.");
  text.Sample({{"version", version_}, {"plan_sha256", plan_}}, int64_t{1});
  text.Family("vitrt_images_total", "counter", "Images classified, by the exit taken and the class.");
  for (const auto& [key, count] : predictions_) text.Sample({{"exit", key.first}, {"label", key.second}}, count);
  counter("vitrt_images_no_decision_total", "Images without a decision: the logits were not finite.", no_decision_);
  counter("vitrt_images_refused_total", "Files that could not be classified.", refused_);
  text.Family("vitrt_confidence", "histogram", "Confidence of predictions, by exit.");
  for (const auto& [name, exit] : exits_) {
    text.Histogram({{"exit", name}}, kConfidenceBounds, exit.confidence.count, exit.confidence.sum);
  }
  text.Family("vitrt_latency_seconds", "histogram", "Decoding, preprocessing and run of an image, by exit.");
  for (const auto& [name, exit] : exits_) {
    text.Histogram({{"exit", name}}, kSecondBounds, exit.seconds.count, exit.seconds.sum);
  }
  for (const auto& [camera, h] : latencies_) {
    text.Family("vitrt_close_to_answer_seconds", "histogram", "From the closing of an image's file to its prediction.");
    text.Histogram(camera.empty() ? Labels{} : Labels{{"camera", camera}}, kSecondBounds, h.count, h.sum);
  }
  text.Family("vitrt_shadow_images_total", "counter", "Images that were also run to the last exit.");
  for (const auto& [name, exit] : exits_) text.Sample({{"exit", name}}, exit.shadowed);
  text.Family("vitrt_shadow_disagreements_total", "counter", "Of these, images that the last exit calls otherwise.");
  for (const auto& [name, exit] : exits_) text.Sample({{"exit", name}}, exit.disagreed);
  if (promise_) {
    gauge("vitrt_promised_disagreement", "Share of the images whose prediction may differ from the last exit's.",
          promise_->rate());
    gauge("vitrt_promise_capital", "Capital of the bets against the promise; it alarms at vitrt_promise_alarm_capital.",
          promise_->capital());
    gauge("vitrt_promise_largest_capital", "Largest vitrt_promise_capital since the plan came into use.",
          promise_->largest_capital());
    gauge("vitrt_promise_alarm_capital", "1/level: a promise that is kept ever reaches it with this chance at most.",
          1 / promise_->level());
    gauge("vitrt_promise_alarm", "1 once the capital has reached it.", promise_->alarm() ? 1 : 0);
  }
  counter("vitrt_non_finite_total", "Predictions of which some logits were NaN or infinite.", non_finite_);
  counter("vitrt_deadline_cuts_total", "Runs that the deadline cut short.", deadline_cuts_);
  counter("vitrt_deadline_overruns_total", "Images that took longer than the deadline.", overruns_);
  counter("vitrt_log_lines_lost_total", "Predictions that could not be logged.", lost_lines_);
}

}  // namespace vitrt::audit

#include "runtime/line/audit/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace vitrt::audit {
namespace {

// A label's value: backslash, quote and line feed are escaped.
std::string Quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '\\' || c == '"') text += '\\';
      text += c;
    }
  }
  return text + '"';
}

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

void Family(const char* name, const char* type, const char* help, std::string* text) {
  *text += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void Counter(const char* name, const char* help, int64_t value, std::string* text) {
  Family(name, "counter", help, text);
  *text += std::string(name) + " " + std::to_string(value) + "\n";
}

void Gauge(const char* name, const char* help, double value, std::string* text) {
  Family(name, "gauge", help, text);
  *text += std::string(name) + " " + Number(value) + "\n";
}

}  // namespace

template <size_t N>
void Metrics::Observe(const std::array<double, N>& bounds, double value, Histogram<N>* histogram) {
  ++histogram->count[static_cast<size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin())];
  histogram->sum += value;
}

template <size_t N>
void Metrics::Write(const std::string& name, const std::string& exit, const std::array<double, N>& bounds,
                    const Histogram<N>& histogram, std::string* text) {
  const std::string label = "exit=" + Quoted(exit);
  int64_t below = 0;
  for (size_t i = 0; i <= N; ++i) {
    below += histogram.count[i];
    *text += name + "_bucket{" + label + ",le=\"" + (i < N ? Number(bounds[i]) : "+Inf") + "\"} " +
             std::to_string(below) + "\n";
  }
  *text += name + "_sum{" + label + "} " + Number(histogram.sum) + "\n";
  *text += name + "_count{" + label + "} " + std::to_string(below) + "\n";
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
    ++answers_[{r.exit_name, r.label}];
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
  overruns_ += deadline_ms_ && r.total_ms() > *deadline_ms_;
}

std::string Metrics::Text() const {
  std::string text;
  Family("vitrt_info", "gauge", "What answers: version and SHA-256 of the plan.", &text);
  text += "vitrt_info{version=" + Quoted(version_) + ",plan_sha256=" + Quoted(plan_) + "} 1\n";
  Family("vitrt_images_total", "counter", "Images answered, by the exit that answered and the class.", &text);
  for (const auto& [key, count] : answers_) {
    text += "vitrt_images_total{exit=" + Quoted(key.first) + ",label=" + Quoted(key.second) + "} " +
            std::to_string(count) + "\n";
  }
  Counter("vitrt_images_no_decision_total", "Images whose answer is no class: the logits were not finite.",
          no_decision_, &text);
  Counter("vitrt_images_refused_total", "Files that could not be answered.", refused_, &text);
  Family("vitrt_confidence", "histogram", "Confidence of answers, by exit.", &text);
  for (const auto& [name, exit] : exits_) Write("vitrt_confidence", name, kConfidenceBounds, exit.confidence, &text);
  Family("vitrt_latency_seconds", "histogram", "Decoding, preprocessing and run of an image, by exit.", &text);
  for (const auto& [name, exit] : exits_) Write("vitrt_latency_seconds", name, kSecondBounds, exit.seconds, &text);
  Family("vitrt_shadow_images_total", "counter", "Images that were also run to the last exit.", &text);
  for (const auto& [name, exit] : exits_) {
    text += "vitrt_shadow_images_total{exit=" + Quoted(name) + "} " + std::to_string(exit.shadowed) + "\n";
  }
  Family("vitrt_shadow_disagreements_total", "counter", "Of these, images that the last exit calls otherwise.", &text);
  for (const auto& [name, exit] : exits_) {
    text += "vitrt_shadow_disagreements_total{exit=" + Quoted(name) + "} " + std::to_string(exit.disagreed) + "\n";
  }
  if (promise_) {
    Gauge("vitrt_promised_disagreement", "Share of the images that may be answered otherwise than by the last exit.",
          promise_->rate(), &text);
    Gauge("vitrt_promise_capital", "Capital of the bets against the promise; it alarms at vitrt_promise_alarm_capital.",
          promise_->capital(), &text);
    Gauge("vitrt_promise_largest_capital", "The largest it has been since the plan came into use.",
          promise_->largest_capital(), &text);
    Gauge("vitrt_promise_alarm_capital", "1/level: a promise that is kept ever reaches it with this chance at most.",
          1 / promise_->level(), &text);
    Gauge("vitrt_promise_alarm", "1 once the capital has reached it.", promise_->alarm() ? 1 : 0, &text);
  }
  Counter("vitrt_non_finite_total", "Answers of which some logits were NaN or infinite.", non_finite_, &text);
  Counter("vitrt_deadline_cuts_total", "Runs that the deadline cut short.", deadline_cuts_, &text);
  Counter("vitrt_deadline_overruns_total", "Images that took longer than the deadline.", overruns_, &text);
  Counter("vitrt_log_lines_lost_total", "Answers that could not be logged.", lost_lines_, &text);
  return text;
}

}  // namespace vitrt::audit

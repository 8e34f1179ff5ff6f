#include "runtime/line/audit/metrics.h"

#include <doctest/doctest.h>

#include <sstream>

namespace vitrt::audit {
namespace {

Record Classified(const std::string& exit, const std::string& label, float confidence, double run_ms) {
  Record r;
  r.plan = "cafe";
  r.exit_name = exit;
  r.label = label;
  r.class_index = 1;
  r.confidence = confidence;
  r.run_ms = run_ms;
  return r;
}

// The value of the one line that starts with `series`.
std::string Value(const std::string& text, const std::string& series) {
  std::istringstream lines(text);
  std::string found = "absent";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(series + " ")) found = line.substr(series.size() + 1);
  }
  return found;
}

TEST_CASE("counts by exit and class, cumulative buckets, seconds") {
  Metrics metrics("1.2.3", 20.0);
  metrics.Count(Classified("early", "crack", 0.9f, 2));
  metrics.Count(Classified("early", "crack", 0.95f, 4));
  Record slow = Classified("final", "a \"b\"\\", 0.3f, 30);
  slow.flags = {"non_finite", "deadline"};
  slow.shadow = Shadow{"other", 2, 0.5f};
  metrics.Count(slow);
  Record refused;
  refused.plan = "cafe";
  refused.error = "not an image";
  metrics.Count(refused);
  metrics.CountLostLine();
  const std::string text = metrics.Text();
  CAPTURE(text);
  CHECK(Value(text, "vitrt_info{version=\"1.2.3\",plan_sha256=\"cafe\"}") == "1");
  CHECK(Value(text, "vitrt_images_total{exit=\"early\",label=\"crack\"}") == "2");
  CHECK(Value(text, "vitrt_images_total{exit=\"final\",label=\"a \\\"b\\\"\\\\\"}") == "1");
  CHECK(Value(text, "vitrt_images_refused_total") == "1");
  CHECK(Value(text, "vitrt_confidence_bucket{exit=\"early\",le=\"0.9\"}") == "1");
  CHECK(Value(text, "vitrt_confidence_bucket{exit=\"early\",le=\"0.95\"}") == "2");
  CHECK(Value(text, "vitrt_confidence_bucket{exit=\"early\",le=\"+Inf\"}") == "2");
  CHECK(Value(text, "vitrt_confidence_count{exit=\"early\"}") == "2");
  CHECK(Value(text, "vitrt_latency_seconds_bucket{exit=\"early\",le=\"0.0025\"}") == "1");
  CHECK(Value(text, "vitrt_latency_seconds_sum{exit=\"early\"}") == "0.006");
  CHECK(Value(text, "vitrt_shadow_images_total{exit=\"final\"}") == "1");
  CHECK(Value(text, "vitrt_shadow_disagreements_total{exit=\"final\"}") == "1");
  CHECK(Value(text, "vitrt_non_finite_total") == "1");
  CHECK(Value(text, "vitrt_deadline_cuts_total") == "1");
  CHECK(Value(text, "vitrt_deadline_overruns_total") == "1");
  CHECK(Value(text, "vitrt_log_lines_lost_total") == "1");
}

TEST_CASE("a promise is tested on shadow images, afresh for each plan, and has no metrics where there is none") {
  Metrics metrics("1.2.3", {});
  CHECK(Value(metrics.Text(), "vitrt_promise_capital") == "absent");
  metrics.WatchPromise(0.02);
  Record r = Classified("early", "crack", 0.9f, 2);
  metrics.Count(r);  // no shadow: nothing is learned
  CHECK(Value(metrics.Text(), "vitrt_promise_capital") == "1");
  CHECK(Value(metrics.Text(), "vitrt_promised_disagreement") == "0.02");
  CHECK(Value(metrics.Text(), "vitrt_promise_alarm_capital") == "100");
  r.shadow = Shadow{"other", 2, 0.5f};
  for (int i = 0; i < 10; ++i) metrics.Count(r);
  CHECK(Value(metrics.Text(), "vitrt_promise_alarm") == "1");
  CHECK(std::stod(Value(metrics.Text(), "vitrt_promise_largest_capital")) >= 100);
  metrics.WatchPromise(0.02);
  CHECK(Value(metrics.Text(), "vitrt_promise_alarm") == "0");
  metrics.WatchPromise(std::nullopt);
  CHECK(Value(metrics.Text(), "vitrt_promise_alarm") == "absent");
}

}  // namespace
}  // namespace vitrt::audit

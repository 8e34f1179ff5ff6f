#include "runtime/line/monitor/live.h"

#include <doctest/doctest.h>

#include <random>

#include "runtime/line/monitor/page.h"

namespace vitrt::monitor {
namespace {

// A line whose shadow images differ at rate `before` up to image `change`, and at `after` from there. Every tenth
// image is of the sample.
History Line(int images, int change, double before, double after, std::optional<double> promised, uint32_t seed) {
  std::mt19937 random(seed);
  History history;
  history.plans = {"cafe"};
  for (int i = 0; i < images; ++i) {
    audit::Record r;
    r.time = "time " + std::to_string(i);
    r.exit_name = "early";
    r.confidence = 0.9f;
    r.promised = promised;
    if (i % 10 == 0) r.shadow = audit::Shadow{"", std::bernoulli_distribution(i < change ? before : after)(random), 1};
    r.class_index = 0;
    history.records.push_back(r);
  }
  return history;
}

TEST_CASE("a promise that is kept raises no alarm, one that is broken does, at an image after the change") {
  const auto kept = WatchPromise(Line(20000, 20000, 0.02, 0.02, 0.02, 1), {}, 0.01);
  REQUIRE(kept.has_value());
  CHECK(!kept->alarm());
  CHECK(kept->samples == 2000);
  CHECK(kept->interval.low < 0.02);
  CHECK(kept->interval.high > 0.02);

  const auto broken = WatchPromise(Line(40000, 10000, 0.02, 0.08, 0.02, 2), {}, 0.01);
  REQUIRE(broken.has_value());
  REQUIRE(broken->alarm());
  CHECK(broken->alarm_at > 1000);
  CHECK(broken->alarm_at < 2500);
  CHECK(broken->alarm_time == "time " + std::to_string(10 * (broken->alarm_at - 1)));
  CHECK(broken->largest_capital >= 100);
  CHECK(broken->points.size() <= kMaxLivePoints + 2);
  CHECK(broken->points.back().sample == broken->samples);
  bool alarm_is_drawn = false;
  for (const LivePoint& point : broken->points) alarm_is_drawn |= point.sample == broken->alarm_at;
  CHECK(alarm_is_drawn);
}

TEST_CASE("only the last plan's records count, and its promise, but for a rate given by hand") {
  History history = Line(2000, 0, 1, 1, 0.02, 3);  // everything differs ...
  history.last_plan_from = 1000;                   // ... and the last plan's records do not
  for (size_t i = 1000; i < 2000; ++i) {
    if (history.records[i].shadow) history.records[i].shadow->class_index = 0;
  }
  const auto f = WatchPromise(history, {}, 0.01);
  REQUIRE(f.has_value());
  CHECK(f->samples == 100);
  CHECK(f->events == 0);
  CHECK(!f->alarm());
  CHECK(WatchPromise(history, 0.3, 0.01)->promised == 0.3);
  history.records.back().promised.reset();  // thresholds set by hand now
  CHECK(!WatchPromise(history, {}, 0.01).has_value());
}

TEST_CASE("without a promise, or without shadow images, nothing is tested") {
  CHECK(!WatchPromise(Line(100, 0, 0, 0, {}, 1), {}, 0.01).has_value());
  History none = Line(100, 0, 0, 0, 0.02, 1);
  for (audit::Record& r : none.records) r.shadow.reset();
  CHECK(!WatchPromise(none, {}, 0.01).has_value());
}

TEST_CASE("the page tells the alarm and draws capital and rate") {
  const Findings f = Examine(Line(4000, 0, 0.3, 0.3, 0.02, 4), {});
  CHECK(f.any_alarm());
  CHECK(!f.alarm);
  const std::string page = Page(f, "run.jsonl", "");
  for (const char* part : {"more than the promised 2 %", "Capital of the bets against the promise", "alarmed here",
                           "Disagreement with the last exit, and what it can be"})
    CHECK_MESSAGE(page.find(part) != std::string::npos, part);
  const std::string quiet = Page(Examine(Line(4000, 0, 0, 0, 0.02, 4), {}), "run.jsonl", "");
  CHECK(quiet.find("The promise of 2 % holds so far: 0 of 400") != std::string::npos);
  CHECK(Page(Examine(Line(40, 0, 0, 0, {}, 4), {}), "run.jsonl", "").find("promise") == std::string::npos);
}

}  // namespace
}  // namespace vitrt::monitor

// Synthetic logs through the whole examination and onto the page.
#include "runtime/line/monitor/findings.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "runtime/line/monitor/charts.h"
#include "runtime/line/monitor/page.h"

namespace vitrt::monitor {
namespace {

// Records of a two-exit plan. `shift` moves confidences down, so that fewer leave early.
History Synthetic(uint32_t seed, int n, double shift) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(1.5 - shift, 1);
  std::normal_distribution<double> brightness(0, 0.5);
  std::uniform_int_distribution<int> label(0, 5);
  History history;
  history.plans = {"cafe"};
  for (int i = 0; i < n; ++i) {
    audit::Record r;
    r.time = "2026-01-01T00:00:" + std::to_string(i);
    r.image = "image " + std::to_string(i) + " <b>.png";
    r.confidence = static_cast<float>(1 / (1 + std::exp(-normal(random))));
    r.input_mean = static_cast<float>(brightness(random));
    r.input_deviation = static_cast<float>(brightness(random)) + 2;
    r.class_index = label(random);
    r.label = "class " + std::to_string(r.class_index);
    r.exit = r.confidence >= 0.8f ? 0 : 1;
    r.exit_name = r.exit == 0 ? "early" : "final";
    r.run_ms = r.exit == 0 ? 2 : 5;
    if (i % 10 == 0) r.shadow = audit::Shadow{"", i % 50 == 0 ? 99 : r.class_index, 0.9f};
    history.records.push_back(r);
  }
  return history;
}

TEST_CASE("a fresh sample of an unchanged process raises no alarm, a shifted one does") {
  const History reference = Synthetic(1, 2000, 0);
  int false_alarms = 0;
  for (uint32_t seed = 2; seed < 102; ++seed) {
    const History fresh = Synthetic(seed, 500, 0);
    false_alarms += Examine(fresh, {.reference = &reference}).alarm;
  }
  CHECK(false_alarms <= 4);  // P(more than 4 of 100 | rate 0.01) = 0.4 %
  for (const double shift : {0.5, 1.0, -1.0}) {
    CAPTURE(shift);
    const Findings f = Examine(Synthetic(7, 500, shift), {.reference = &reference});
    CHECK(f.alarm);
    CHECK(std::any_of(f.checks.begin(), f.checks.end(),
                      [](const Check& c) { return c.alarm && c.what == "confidence of all answers"; }));
  }
}

TEST_CASE("other light alarms while every confidence is as before") {
  const History reference = Synthetic(1, 2000, 0);
  History brighter = Synthetic(2, 500, 0);
  for (audit::Record& r : brighter.records) r.input_mean += 0.3f;
  const Findings f = Examine(brighter, {.reference = &reference});
  CHECK(f.alarm);
  for (const Check& c : f.checks) CHECK(c.alarm == (c.what == "brightness of the input"));
}

TEST_CASE("last bits of a confidence, other on another instruction tier, are no drift") {
  History reference = Synthetic(1, 2000, -6), other = Synthetic(2, 500, -6);  // nearly all confidences close to 1
  for (audit::Record& r : reference.records) r.confidence = 1;
  for (audit::Record& r : other.records) r.confidence = std::nextafter(1.0f, 0.0f);
  CHECK(!Examine(other, {.reference = &reference}).alarm);
}

TEST_CASE("counts exits, shadows, blocks and the least confident") {
  History history = Synthetic(3, 1000, 0);
  history.records[10].confidence = std::nanf("");
  history.records[10].flags = {"non_finite"};
  history.refused = 2;
  const Findings f = Examine(history, {});
  CHECK(f.predictions == 1000);
  CHECK(f.non_finite == 1);
  CHECK(!f.alarm);
  REQUIRE(f.exits.size() == 2);
  CHECK(f.exits[0].name == "early");
  CHECK(f.exits[0].taken + f.exits[1].taken == 1000);
  CHECK(f.exits[0].shadowed + f.exits[1].shadowed == 100);
  CHECK(f.exits[0].disagreed + f.exits[1].disagreed == 20);
  CHECK(f.exits[0].disagreement_bound >
        static_cast<double>(f.exits[0].disagreed) / static_cast<double>(f.exits[0].shadowed));
  int64_t in_blocks = 0;
  for (const Block& block : f.blocks) {
    in_blocks += block.predictions;
    CHECK(block.exit_share[0] + block.exit_share[1] == doctest::Approx(1));
    CHECK(block.p95_ms >= block.p50_ms);
  }
  CHECK(in_blocks == 1000);
  REQUIRE(f.least_confident.size() == kLeastConfident);
  CHECK(f.least_confident[0].image == history.records[10].image);
  CHECK(f.least_confident[1].confidence <= f.least_confident[2].confidence);
}

TEST_CASE("classes, brightness and contrast: shares and means, now and in the reference") {
  History reference = Synthetic(1, 2000, 0), history = Synthetic(3, 1000, 0);
  for (audit::Record& r : history.records) r.input_mean += 1;
  history.records[0].class_index = -1, history.records[0].label.clear();
  const Findings f = Examine(history, {.reference = &reference});
  REQUIRE(f.classes.size() == kMaxClasses + 1);
  CHECK(f.classes.back().label == "others");  // the least frequent class, and the prediction without a decision
  double now = 0, then = 0;
  for (const ClassShare& c : f.classes) {
    now += c.now;
    then += *c.reference;
  }
  CHECK(now == doctest::Approx(1));
  CHECK(then == doctest::Approx(1));
  for (const Block& block : f.blocks) {
    double sum = 0;
    for (const double share : block.class_share) sum += share;
    CHECK(sum == doctest::Approx(1));
    CHECK(block.brightness == doctest::Approx(1).epsilon(0.5));
    CHECK(block.contrast == doctest::Approx(2).epsilon(0.3));
  }
  CHECK(*f.brightness.reference_mean == doctest::Approx(0).epsilon(0.05));
  CHECK(*f.contrast.reference_mean == doctest::Approx(2).epsilon(0.05));
  for (const auto* distribution : {&f.brightness, &f.contrast}) {
    for (const auto* shares : {&distribution->now, &distribution->reference}) {
      double sum = 0;
      for (const double share : *shares) sum += share;
      CHECK(sum == doctest::Approx(1));
    }
  }
}

TEST_CASE("with one exit, the exits taken are a line at 100 % of a whole scale") {
  History history = Synthetic(3, 100, 0);
  for (audit::Record& r : history.records) r.exit = 0, r.exit_name = "logits";
  const std::vector<chart::Chart> charts = TimeCharts(Examine(history, {}));
  CHECK(charts[0].title == "Exits taken: all at logits");
  CHECK(charts[0].y_low == 0);
  CHECK(charts[0].y_high == 100);
  for (const double y : charts[0].series[0].y) CHECK(y == doctest::Approx(100));
}

TEST_CASE("the time of day may be set: records stay in the order of the log") {
  History history = Synthetic(3, 1000, 0);
  for (size_t i = 500; i < 1000; ++i) history.records[i].time = "1970-01-01T00:00:00.000Z";
  const Findings f = Examine(history, {});
  REQUIRE(f.blocks.size() == kMaxBlocks);
  CHECK(f.blocks.front().first_time == history.records.front().time);
  CHECK(f.blocks.back().first_time == "1970-01-01T00:00:00.000Z");
  for (const Block& block : f.blocks) CHECK(block.predictions == 25);
  CHECK(Page(f, "a", "").ends_with("</html>\n"));
}

TEST_CASE("few predictions are not tested, and that is reported") {
  const History reference = Synthetic(1, 2000, 0), few = Synthetic(2, 10, 3);
  const Findings f = Examine(few, {.reference = &reference});
  CHECK(!f.alarm);
  CHECK(f.checks.empty());
  CHECK(!f.left_out.empty());
  CHECK(Page(f, "a", "b").find("Too few predictions") != std::string::npos);
}

TEST_CASE("the page is whole, loads no other file, and escapes names") {
  const History reference = Synthetic(1, 2000, 0);
  const std::string page = Page(Examine(Synthetic(2, 500, 1), {.reference = &reference}), "run<1>.jsonl", "ref.jsonl");
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(page.ends_with("</html>\n"));
  CHECK(page.find("Alarm:") != std::string::npos);
  CHECK(page.find("run<1>") == std::string::npos);
  CHECK(page.find("<b>.png") == std::string::npos);
  for (const char* outside : {"<script", "src=", "href=", "url(", "@import"})
    CHECK(page.find(outside) == std::string::npos);
  size_t pictures = 0;
  for (size_t at = 0; (at = page.find("<svg", at)) != std::string::npos; ++at) ++pictures;
  CHECK(pictures == 4);
}

}  // namespace
}  // namespace vitrt::monitor

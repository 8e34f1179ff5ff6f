#include "runtime/line/calibration/fixed_sequence.h"

#include <doctest/doctest.h>

#include "runtime/line/calibration/bound.h"
#include "runtime/line/calibration/path.h"
#include "runtime/line/calibration/policy_outcome.h"
#include "runtime/line/calibration/quota.h"
#include "tests/line/calibration/records_for_test.h"

using namespace vitrt::calibration;

TEST_SUITE_BEGIN("runtime/line/calibration/fixed_sequence");

namespace {

// One early exit and the last. The first `wrong` images are predicted otherwise early; confidences fall with the index.
Records Falling(int images, int wrong) {
  Records r{.exits = 2, .images = images, .classes = 2, .confidence = {}, .predicted = {}};
  for (int i = 0; i < images; ++i)
    r.confidence.push_back(1 - 0.5f * static_cast<float>(i) / static_cast<float>(images));
  r.confidence.resize(2 * static_cast<size_t>(images), 1.0f);
  for (int i = 0; i < images; ++i)
    r.predicted.push_back(i < images - wrong ? 0 : 1);  // those with low confidence are wrong
  r.predicted.resize(2 * static_cast<size_t>(images), 0);
  return r;
}

const std::vector<bool> kBoth = {true, true};

}  // namespace

TEST_CASE("testing stops where one more event would break the promise") {
  for (const int n : {100, 272, 1000}) {
    const double rate = 0.05;
    const Records r = Falling(n, n / 3);
    const Path path = CommonPath(2, kBoth);
    const Certificate c = WalkPath(path, r, std::vector<Promise>{{Event::kDisagreement, rate}}, 0.95);
    REQUIRE(c.setting > 0);
    CHECK(c.events[0] <= MaxEvents(n, rate, 0.95));
    CHECK(AtMostEvents(c.events[0], n, rate) == doctest::Approx(c.p));
    CHECK(UpperBound(c.events[0], n, 0.95) <= rate);
    const Outcome next = ApplyThresholds(r, path.settings[static_cast<size_t>(c.setting) + 1], {});
    CHECK(UpperBound(next.disagreements, n, 0.95) > rate);
    CHECK(c.tested == c.setting + 2);
  }
}

TEST_CASE("with several promises the hardest decides, and none costs the others anything") {
  const Records r = Falling(1000, 200);
  const Path path = CommonPath(2, kBoth);
  const Promise wide{Event::kDisagreement, 0.05}, narrow{Event::kFalse, 0.01, 1}, easy{Event::kFalse, 0.01, 0};
  const auto setting = [&](std::vector<Promise> p) { return WalkPath(path, r, p, 0.95).setting; };
  CHECK(setting({wide, narrow}) == std::min(setting({wide}), setting({narrow})));
  CHECK(setting({wide, narrow}) < setting({wide}));
  CHECK(setting({wide, easy}) == setting({wide}));  // no early prediction is 0 where the last exit predicts otherwise
}

TEST_CASE("too few images keep nothing, not even never leaving early") {
  const Certificate c =
      WalkPath(CommonPath(2, kBoth), Falling(50, 0), std::vector<Promise>{{Event::kDisagreement, 0.05}}, 0.95);
  CHECK(c.setting == -1);
  CHECK(c.events == std::vector<int64_t>{0});
  CHECK(c.p > 0.05);
}

TEST_CASE("a class that never leaves early goes to the last exit, whatever a later exit predicts") {
  Records r{.exits = 3, .images = 2, .classes = 2, .confidence = std::vector<float>(6, 1.0f), .predicted = {}};
  r.predicted = {1, 0, 0, 0, 0, 1};
  r.never_early = {0, 1};
  const Outcome o = ApplyThresholds(r, std::vector<float>{0.5f, 0.5f, 0}, {});
  CHECK(o.exit_of == std::vector<int>{2, 0});
}

TEST_CASE("against a reference the last exit's own differences count") {
  Records r = Falling(200, 0);
  r.reference.assign(200, 0);
  for (int i = 0; i < 30; ++i) r.reference[static_cast<size_t>(i)] = 1;
  const Certificate c = WalkPath(CommonPath(2, kBoth), r, std::vector<Promise>{{Event::kDisagreement, 0.1}}, 0.95);
  CHECK(c.setting == -1);
  CHECK(c.events[0] == 30);
}

TEST_SUITE_END();

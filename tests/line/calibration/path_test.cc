#include "runtime/line/calibration/path.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/line/calibration/policy_outcome.h"
#include "runtime/line/calibration/quota.h"
#include "tests/line/calibration/records_for_test.h"

using namespace vitrt::calibration;

TEST_SUITE_BEGIN("runtime/line/calibration/path");

TEST_CASE("the common path falls from never to always, and leaves disabled exits alone") {
  const Path path = CommonPath(4, {true, false, true, true});
  CHECK(path.settings.front() == std::vector<float>{kNeverTaken, kNeverTaken, kNeverTaken, kAlwaysTaken});
  CHECK(path.settings.back() == std::vector<float>{0, kNeverTaken, 0, kAlwaysTaken});
  for (size_t s = 2; s < path.settings.size(); ++s) {
    CHECK(path.settings[s][0] <= path.settings[s - 1][0]);
    CHECK(path.settings[s][0] == path.settings[s][2]);
    CHECK(path.settings[s][1] == kNeverTaken);
  }
}

TEST_CASE("a fitted path starts at never and buys time with events on the images it is fitted to") {
  const Records fit = RandomRecords(4, 300, 6, 3);
  const std::vector<double> cost = {0.4, 0.7, 0.9, 1.0};
  const Path path = FittedPath(fit, {Event::kDisagreement, 0.05}, cost, std::vector<bool>(4, true));
  REQUIRE(path.settings.size() > 10);
  CHECK(path.settings.front()[0] == kNeverTaken);
  double cheapest = 1;
  int events = 0;
  for (const std::vector<float>& t : path.settings) {
    const Outcome o = ApplyThresholds(fit, t, cost);
    CHECK(o.disagreements >= events - 1);
    events = std::max(events, o.disagreements);
    cheapest = std::min(cheapest, o.mean_cost);
  }
  CHECK(events <= 3 * 0.05 * 300 + 3);
  CHECK(cheapest < 0.95);
}

TEST_CASE("a fitted path leaves out an exit that never agrees") {
  Records fit = RandomRecords(3, 200, 4, 8);
  for (int i = 0; i < 200; ++i) fit.predicted[static_cast<size_t>(i)] = (fit.predicted_of(2, i) + 1) % 4;
  const Path path =
      FittedPath(fit, {Event::kDisagreement, 0.005}, std::vector<double>{0.3, 0.6, 1}, {true, true, true});
  const Outcome o = ApplyThresholds(fit, path.settings.back(), {});
  CHECK(o.exit_count[0] <= 6);
  CHECK(o.exit_count[1] > 0);
}

TEST_CASE("a part is drawn by its seed, and with the others it is all") {
  const auto [part, others] = DrawPart(272, 0.2, 7);
  CHECK(part.size() == 54);
  CHECK(others.size() == 218);
  std::vector<int> all = part;
  all.insert(all.end(), others.begin(), others.end());
  std::sort(all.begin(), all.end());
  for (int i = 0; i < 272; ++i) CHECK(all[static_cast<size_t>(i)] == i);
  CHECK(DrawPart(272, 0.2, 7).first == part);
  CHECK(DrawPart(272, 0.2, 8).first != part);
}

TEST_SUITE_END();

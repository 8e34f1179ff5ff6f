#include "runtime/line/calibration/policy_outcome.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace vitrt::calibration;

TEST_SUITE_BEGIN("runtime/line/calibration/policy_outcome");

namespace {
// Three images, two exits, classes 0 and 1 of 3.
Records Example() {
  return {.exits = 2,
          .images = 3,
          .classes = 3,
          .confidence = {0.9f, 0.5f, std::nanf(""), 1, 1, 1},
          .predicted = {0, 1, 0, 0, 0, 1},
          .label = {0, 1, 1}};
}
}  // namespace

TEST_CASE("an exit is taken at exactly its threshold and never on NaN") {
  const Outcome o = ApplyThresholds(Example(), std::vector<float>{0.5f, 2.0f}, std::vector<double>{1.0, 4.0});
  CHECK(o.exit_of == std::vector<int>{0, 0, 1});
  CHECK(o.exit_count == std::vector<int>{2, 1});
  CHECK(o.early == 2);
  CHECK(o.disagreements == 1);
  CHECK(o.correct == 3);
  CHECK(o.gains == 1);
  CHECK(o.losses == 0);
  CHECK(o.mean_cost == doctest::Approx(2.0));
}

TEST_CASE("an early exit is never taken with a threshold above one, always at or below zero") {
  CHECK(ApplyThresholds(Example(), std::vector<float>{1.5f, 0}, {}).early == 0);
  CHECK(ApplyThresholds(Example(), std::vector<float>{0.0f, 0}, {}).early == 2);  // the NaN runs on to the last exit
}

TEST_CASE("recall is per class, balanced over the classes that occur") {
  const Outcome o = ForcedExit(Example(), 1, {});
  CHECK(o.recall[0] == 1.0);
  CHECK(o.recall[1] == 0.5);
  CHECK(std::isnan(o.recall[2]));
  CHECK(o.balanced_accuracy == doctest::Approx(0.75));
  CHECK(o.accuracy == doctest::Approx(2.0 / 3));
}

TEST_SUITE_END();

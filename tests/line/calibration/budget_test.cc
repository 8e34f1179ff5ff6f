#include "runtime/line/calibration/budget.h"

#include <doctest/doctest.h>

#include "runtime/line/calibration/policy_outcome.h"
#include "runtime/line/calibration/quota.h"
#include "tests/line/calibration/records_for_test.h"

using namespace vitrt::calibration;

TEST_SUITE_BEGIN("runtime/line/calibration/budget");

TEST_CASE("thresholds keep to the budget and cost falls as it grows") {
  const std::vector<double> cost = {0.35, 0.82, 0.95, 1.0};
  const std::vector<bool> enabled(4, true);
  for (const Promise& error : {Promise{Event::kDisagreement}, Promise{Event::kLoss}}) {
    const Records r = RandomRecords(4, 400, 6, 11);
    double previous = 1.0;
    for (int64_t budget : {0, 1, 2, 5, 20, 100}) {
      const auto t = CheapestThresholds(r, error, budget, cost, enabled);
      const Outcome o = ApplyThresholds(r, t, cost);
      INFO("budget " << budget);
      CHECK((error.event == Event::kDisagreement ? o.disagreements : o.losses) <= budget);
      CHECK(o.mean_cost <= previous + 1e-12);
      previous = o.mean_cost;
    }
    CHECK(previous < 0.9);
  }
}

TEST_CASE("with one early exit the search is exact") {
  const Records r = RandomRecords(2, 200, 4, 5, 50);
  const std::vector<double> cost = {0.4, 1.0};
  for (int64_t budget : {0, 1, 3, 10}) {
    double best = 1.0;
    for (int i = 0; i < r.images; ++i) {
      const Outcome o = ApplyThresholds(r, std::vector<float>{r.confidence_of(0, i), 0}, cost);
      if (o.disagreements <= budget) best = std::min(best, o.mean_cost);
    }
    const Outcome found =
        ApplyThresholds(r, CheapestThresholds(r, {Event::kDisagreement}, budget, cost, {true, true}), cost);
    CHECK(found.mean_cost == doctest::Approx(best));
  }
}

TEST_CASE("a threshold takes the same images when confidences round otherwise") {
  const Records r = RandomRecords(3, 300, 4, 9);
  const std::vector<double> cost = {0.4, 0.7, 1.0};
  for (int64_t budget : {0, 3, 20}) {
    const auto t = CheapestThresholds(r, {Event::kDisagreement}, budget, cost, {true, true, true});
    Records rounded = r;
    for (float& c : rounded.confidence) c -= 1e-6f;
    CHECK(ApplyThresholds(r, t, cost).exit_of == ApplyThresholds(rounded, t, cost).exit_of);
  }
}

TEST_CASE("a negative budget and a disabled exit take nothing") {
  const Records r = RandomRecords(3, 100, 4, 5);
  const std::vector<double> cost = {0.4, 0.7, 1.0};
  const auto none = CheapestThresholds(r, {Event::kDisagreement}, -1, cost, {true, true, true});
  CHECK(none == std::vector<float>{kNeverTaken, kNeverTaken, kAlwaysTaken});
  CHECK(CheapestThresholds(r, {Event::kDisagreement}, 50, cost, {false, true, true})[0] == kNeverTaken);
}

TEST_SUITE_END();

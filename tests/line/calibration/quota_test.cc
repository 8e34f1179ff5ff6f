#include "runtime/line/calibration/quota.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "runtime/line/calibration/policy_outcome.h"
#include "tests/line/calibration/records_for_test.h"

using namespace vitrt::calibration;

TEST_SUITE_BEGIN("runtime/line/calibration/quota");

TEST_CASE("the official sweep has 33 quota vectors with the published ends") {
  const auto quotas = OfficialQuotas(4);
  REQUIRE(quotas.size() == 33);
  for (const auto& q : quotas) CHECK(std::accumulate(q.begin(), q.end(), 0.0f) == doctest::Approx(1.0));
  struct Case {
    int index;
    float q[4];
  };
  for (const Case& c : {Case{0, {.681f, .257f, .026f, .036f}}, Case{8, {.391f, .311f, .093f, .205f}},
                        Case{16, {.213f, .263f, .131f, .394f}}, Case{32, {.010f, .047f, .094f, .849f}}}) {
    for (int j = 0; j < 4; ++j) CHECK(quotas[c.index][j] == doctest::Approx(c.q[j]).epsilon(0.002).scale(1));
  }
}

TEST_CASE("a quota takes exactly its share where confidences differ") {
  const Records r = RandomRecords(4, 1000, 6, 7);
  for (const auto& quota : OfficialQuotas(4)) {
    const auto t = ThresholdsForQuota(r, quota);
    const Outcome o = ApplyThresholds(r, t, {});
    for (int k = 0; k < 3; ++k) CHECK(o.exit_count[k] == static_cast<int>(std::floor(1000.0f * quota[k])));
    CHECK(t[3] == kAlwaysTaken);
  }
}

TEST_CASE("images of equal confidence leave together") {
  const Records r = RandomRecords(2, 100, 3, 1, 4);
  const auto t = ThresholdsForQuota(r, std::vector<float>{0.3f, 0.7f});
  const Outcome o = ApplyThresholds(r, t, {});
  CHECK(o.exit_count[0] >= 30);
  int equal_or_above = 0;
  for (int i = 0; i < 100; ++i) equal_or_above += r.confidence_of(0, i) >= t[0];
  CHECK(o.exit_count[0] == equal_or_above);
}

TEST_CASE("an exit whose quota is below one image, or is not reached, is never taken") {
  Records r = RandomRecords(3, 10, 3, 2);
  CHECK(ThresholdsForQuota(r, std::vector<float>{0.05f, 0.5f, 0.45f})[0] == kNeverTaken);
  CHECK(ThresholdsForQuota(r, std::vector<float>{0.8f, 0.5f, 0.0f})[1] == kNeverTaken);
}

TEST_SUITE_END();

// The quick form of bench/promises: the same simulation, fewer runs. The full one is recorded on
// bench/results/promises.md.
#include <doctest/doctest.h>

#include "bench/promises/simulate.h"

using namespace vitrt::simulation;

TEST_SUITE_BEGIN("runtime/line/calibration simulated");

TEST_CASE("simulated calibrations break their promise in at most the stated share, up to chance") {
  const struct {
    const char* title;
    Calibrations what;
  } cases[] = {
      {"calibrated exits, common threshold", {.kind = Exits::kCalibrated, .count = 120}},
      {"overconfident exits, common threshold", {.kind = Exits::kOverconfident, .count = 120}},
      {"a useless exit, fitted path", {.kind = Exits::kUseless, .fitted = true, .count = 40}},
      {"a cliff, common threshold", {.kind = Exits::kCliff, .count = 400}},
      {"two promises at once", {.kind = Exits::kCalibrated, .two_promises = true, .count = 60}},
  };
  for (const auto& c : cases) {
    INFO(std::string(c.title));
    const Broken b = Calibrate(c.what);
    MESSAGE(c.title << ": " << b.broken << " of " << b.calibrations << " broken, 95 % interval " << b.low << " to "
                    << b.high);
    CHECK(b.low <= 0.05);
    if (c.what.kind != Exits::kCliff) CHECK(b.certified_early > 0);
  }
}

TEST_CASE("a test at ten times the stated level would be found out") {
  const Broken b = Calibrate({.kind = Exits::kCliff, .count = 400, .confidence = 0.6});
  CHECK(b.low > 0.05);
}

TEST_CASE("the live test: false alarms within the level, a doubled rate is caught") {
  const Alarms quiet = Watch(300, 5000, 5000, 0.02, 0.02, 0.02, 0.01, 1);
  CHECK(quiet.alarms <= 8);  // 1 % of 300 and three standard deviations
  const Alarms doubled = Watch(100, 20000, 2000, 0.02, 0.02, 0.04, 0.01, 2);
  CHECK(doubled.alarms >= 97);  // up to 3 may have raised theirs before
  CHECK(doubled.median_delay < 3000);
}

TEST_SUITE_END();

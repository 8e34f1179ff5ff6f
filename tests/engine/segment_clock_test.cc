#include "runtime/engine/segment_clock.h"

#include <doctest/doctest.h>

using vitrt::SegmentClock;

TEST_SUITE_BEGIN("runtime/engine/segment_clock");

TEST_CASE("knows nothing before anything ran") { CHECK(SegmentClock({10, 20}, 1).Estimate(1, 1) == 0); }

TEST_CASE("estimates a segment that has not run from the others' cost per FLOP, doubled") {
  SegmentClock clock({10, 20, 5}, 4);
  clock.Record(0, 1, 1.0);
  CHECK(clock.Estimate(1, 1) == doctest::Approx(4.0));
  CHECK(clock.Estimate(2, 1) == doctest::Approx(1.0));
  CHECK(clock.Estimate(1, 3) == doctest::Approx(12.0));
}

TEST_CASE("gives the 95th percentile of the window, and forgets what is older") {
  SegmentClock clock({1}, 1);
  for (int i = 1; i <= 20; ++i) clock.Record(0, 1, i);
  CHECK(clock.Estimate(0, 1) == 19);
  for (size_t i = 0; i < SegmentClock::kWindow; ++i) clock.Record(0, 1, 7);
  CHECK(clock.Estimate(0, 1) == 7);
}

TEST_CASE("keeps batches of different size apart") {
  SegmentClock clock({1}, 8);
  clock.Record(0, 1, 10);
  CHECK(clock.Estimate(0, 8) == 80);  // nothing better known
  clock.Record(0, 8, 24);
  CHECK(clock.Estimate(0, 8) == 24);
  CHECK(clock.Estimate(0, 4) == 40);
  CHECK(clock.Estimate(0, 1) == 10);
}

TEST_CASE("forgets a bad moment after a while, so that the segment runs again") {
  SegmentClock clock({1}, 1);
  clock.Record(0, 1, 2);
  clock.Record(0, 1, 500);
  CHECK(clock.Estimate(0, 1) == 500);
  for (int i = 0; i < SegmentClock::kForgetAfter; ++i) clock.Skipped(0, 1);
  CHECK(clock.Estimate(0, 1) == 2);
}

TEST_SUITE_END();

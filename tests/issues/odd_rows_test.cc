// An odd number of units in two parts was one part: attention of three heads over 197 tokens ran on one thread (found
// by the share of each step in a run on two threads).
#include <doctest/doctest.h>

#include <mutex>

#include "runtime/ops/image_ranges.h"

namespace vitrt::ops {
namespace {

TEST_CASE("every thread gets a part, whatever does not divide evenly") {
  for (const int threads : {1, 2, 3, 4, 7}) {
    for (const int64_t units : {1, 2, 3, 7, 12, 591, 1182, 1773}) {
      CAPTURE(threads);
      CAPTURE(units);
      ThreadTeam team(threads);
      REQUIRE(team.threads() == threads);
      std::mutex mutex;
      int64_t parts = 0, done = 0;
      ForImageRanges(team, 1, units, GrainForTeam(units, threads), [&](int64_t, int64_t begin, int64_t end, int) {
        const std::lock_guard lock(mutex);
        ++parts, done += end - begin;
      });
      CHECK(done == units);
      CHECK(parts >= std::min<int64_t>(units, threads));
    }
  }
}

}  // namespace
}  // namespace vitrt::ops

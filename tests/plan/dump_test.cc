#include "runtime/plan/dump.h"

#include <doctest/doctest.h>

#include "tests/plan/test_plan.h"

using namespace vitrt;

TEST_SUITE("runtime/plan/dump") {
  TEST_CASE("shows steps with their attributes, segments and exits") {
    const test::Tables tables = test::TwoExitPlan(0.5f).Finish();
    const std::string text = plan::DumpPlan(*tables.plan());
    for (const char* part :
         {"input %0 'image' channels last, max batch 8", "= Conv2d(%0, ", "'stem'", "F32/Panels16[3, 3, 3, 24]",
          "exit 0 'early'", "threshold 0.5", "segment 1", "heads: 3", "axes: [ 1 ]"}) {
      INFO(std::string(part));
      CHECK(text.find(part) != std::string::npos);
    }
    CHECK(text == plan::DumpPlan(*tables.plan()));
  }
}

#include "runtime/base/checked_math.h"

#include <doctest/doctest.h>

#include <vector>

using namespace vitrt;

TEST_SUITE("runtime/base/checked_math") {
  TEST_CASE("multiplies dims") {
    struct Case {
      std::vector<int64_t> dims;
      std::optional<int64_t> product;
    };
    const int64_t big = int64_t{1} << 32;
    const Case cases[] = {
        {{}, 1},
        {{2, 3, 4}, 24},
        {{5, 0, 7}, 0},
        {{big, big}, std::nullopt},
        {{0, big, big}, std::nullopt},
        {{2, -1}, std::nullopt},
    };
    for (const Case& c : cases) CHECK(CheckedProduct(c.dims) == c.product);
  }

  TEST_CASE("rounds up and compares ranges without overflow") {
    CHECK(AlignUp(0, 64) == 0);
    CHECK(AlignUp(1, 64) == 64);
    CHECK(AlignUp(64, 64) == 64);
    CHECK(RangeFits(0, 10, 10));
    CHECK(RangeFits(10, 0, 10));
    CHECK(!RangeFits(1, 10, 10));
    CHECK(!RangeFits(11, 0, 10));
    CHECK(!RangeFits(UINT64_MAX, 2, 10));
    CHECK(!RangeFits(5, UINT64_MAX, 10));
  }
}

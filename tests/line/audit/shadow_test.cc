#include "runtime/line/audit/shadow.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

namespace vitrt::audit {

TEST_CASE("the sample is a share of the images, decided by their bytes") {
  constexpr int kImages = 100000;
  for (const double share : {0.0, 0.01, 0.25, 1.0}) {
    int taken = 0;
    for (int i = 0; i < kImages; ++i) {
      const std::string image = "image " + std::to_string(i);
      const uint64_t hash = ImageHash(std::as_bytes(std::span(image)));
      CHECK(ImageHash(std::as_bytes(std::span(image))) == hash);
      taken += InSample(hash, share);
    }
    // Five standard deviations of a binomial count.
    CHECK(std::abs(taken - share * kImages) <= 5 * std::sqrt(share * (1 - share) * kImages));
  }
  CHECK(InSample(~uint64_t{0}, 1.0) == (std::ldexp(static_cast<double>(~uint64_t{0}), -64) < 1.0));
  CHECK(!InSample(0, 0.0));
}

TEST_CASE("a hash is written with all its digits") {
  CHECK(HashText(0) == "0000000000000000");
  CHECK(HashText(0x1f) == "000000000000001f");
}

}  // namespace vitrt::audit

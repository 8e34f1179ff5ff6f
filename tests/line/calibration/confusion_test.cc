#include "runtime/line/calibration/confusion.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace vitrt::calibration;

TEST_SUITE_BEGIN("runtime/line/calibration/confusion");

// 0 is good. Figures as scikit-learn's precision_score and f1_score give them, where no prediction is missing.
const std::vector<int> kTruth = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2};
const std::vector<int> kPredicted = {0, 0, 1, -1, 1, 1, 0, 2, 1, 0};

TEST_CASE("counts, precision and F1 of each class") {
  const Confusion c = Confuse(kTruth, kPredicted, 3);
  CHECK(c.count == std::vector<int64_t>{2, 1, 0, 1, 1, 2, 0, 0, 1, 1, 1, 0});
  CHECK(c.images_of(0) == 4);
  CHECK(c.predicted_as(1) == 4);
  CHECK(Precision(c, 0) == doctest::Approx(2.0 / 4));
  CHECK(Precision(c, 1) == doctest::Approx(2.0 / 4));
  CHECK(Precision(c, 2) == doctest::Approx(1));
  CHECK(F1(c, 0) == doctest::Approx(4.0 / 8));
  CHECK(F1(c, 1) == doctest::Approx(4.0 / 7));
  CHECK(F1(c, 2) == doctest::Approx(2.0 / 4));
}

TEST_CASE("escapes are of the bad images, overkill of the good, and no decision is neither") {
  const Inspection found = Inspect(Confuse(kTruth, kPredicted, 3), 0);
  CHECK(found.escape.events == 2);
  CHECK(found.escape.images == 6);
  CHECK(found.escape.rate.low == doctest::Approx(0.0433).epsilon(0.001));
  CHECK(found.escape.rate.high == doctest::Approx(0.7772).epsilon(0.001));
  CHECK(found.overkill.events == 1);
  CHECK(found.overkill.images == 4);
}

TEST_CASE("a class that is never predicted has no precision, one that does not occur no F1") {
  const Confusion c = Confuse(std::vector<int>{0, -1}, std::vector<int>{0, 0}, 2);
  CHECK(c.images_of(0) == 1);  // the image of unknown class is left out
  CHECK(std::isnan(Precision(c, 1)));
  CHECK(std::isnan(F1(c, 1)));
}

TEST_SUITE_END();

// Predicted against true classes: the confusion matrix, and the rates that an inspection reports from it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/line/calibration/bound.h"

namespace vitrt::calibration {

struct Confusion {
  int classes = 0;
  std::vector<int64_t> count;  // [classes, classes + 1]: rows true, columns predicted, the last one: no decision

  // Images of class `truth` with prediction `predicted`; predicted = classes: those without a decision.
  int64_t at(int truth, int predicted) const { return count[static_cast<size_t>(truth) * (classes + 1) + predicted]; }
  int64_t images_of(int truth) const;
  int64_t predicted_as(int label) const;
};

// truth, predicted: one class per image; a prediction of -1 is no decision. Images whose true class is not known (-1)
// are left out.
Confusion Confuse(std::span<const int> truth, std::span<const int> predicted, int classes);

// Precision: of the images predicted as the class, the share that is of it. F1: the harmonic mean of precision and
// recall, 2 right / (predicted + images). NaN where the denominator is 0.
double Precision(const Confusion& confusion, int of_class);
double F1(const Confusion& confusion, int of_class);

struct ErrorRate {
  int64_t events = 0, images = 0;
  Interval rate;  // exact, at kConfidence
};
inline constexpr double kConfidence = 0.95;  // two-sided

// An escape is a bad image predicted good, overkill a good image predicted bad. An image without a decision is neither.
struct Inspection {
  ErrorRate escape, overkill;  // of the bad images; of the good ones
};
Inspection Inspect(const Confusion& confusion, int good);

}  // namespace vitrt::calibration

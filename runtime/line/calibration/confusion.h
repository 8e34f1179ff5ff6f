// Answers against true classes: the confusion matrix, and what an inspection reads off it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/line/calibration/bound.h"

namespace vitrt::calibration {

struct Confusion {
  int classes = 0;
  std::vector<int64_t> count;  // [classes, classes + 1]: rows true, columns answered, the last one: no decision

  // Images of class `truth` that were answered `answer`; classes: those without a decision.
  int64_t at(int truth, int answer) const { return count[static_cast<size_t>(truth) * (classes + 1) + answer]; }
  int64_t images_of(int truth) const;
  int64_t answered(int answer) const;
};

// truth, answer: one class an image; an answer of -1 is no decision. Images whose true class is not known (-1) are left
// out.
Confusion Confuse(std::span<const int> truth, std::span<const int> answer, int classes);

// Of the answers that say so, how many are right; and the harmonic mean of that and of the recall, which is
// 2 right / (answered + images). NaN where there is nothing to divide by.
double Precision(const Confusion& confusion, int of_class);
double F1(const Confusion& confusion, int of_class);

struct ErrorRate {
  int64_t events = 0, images = 0;
  Interval rate;  // exact, at kConfidence
};
inline constexpr double kConfidence = 0.95;  // two-sided

// An escape is a bad image answered good, overkill a good image answered bad. An image without a decision is neither.
struct Inspection {
  ErrorRate escape, overkill;  // of the bad images; of the good ones
};
Inspection Inspect(const Confusion& confusion, int good);

}  // namespace vitrt::calibration

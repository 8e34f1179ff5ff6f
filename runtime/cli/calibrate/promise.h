// Thresholds that keep promises: --max-disagreement, --max-accuracy-drop and --max-false of `vitrt calibrate`.
#pragma once

#include "runtime/cli/calibrate/method.h"

namespace vitrt::cli {

inline constexpr double kFitShare = 0.2;  // of the images, for a fitted path

// Certified: the settings of a path are tested in order, from safe to bold, with the exact binomial test at level
// 1 - confidence (fixed_sequence.h); the boldest setting before the first that fails is chosen. --path common: one
// threshold for every exit, all images test. --path fitted: a seeded fifth of the images fits the path, the others
// test.
// --empirical: all images choose, the observed rate of the first promise counts and nothing is promised.
// Errors: kInvalidArgument (a rate out of range, a class that does not exist, too few images, a reference that even the
// last exit does not keep to).
Result<Choice> KeepPromises(const CalibrateMethod& method, const CalibrationSet& set);

}  // namespace vitrt::cli

// Fixed-sequence testing, a case of Learn then Test (Angelopoulos, Bates, Candes, Jordan, Lei 2021, arXiv:2110.01052).
//
// A path of settings from safe to bold is fixed before the tested predictions are seen. At each setting the hypothesis
// "some promise is broken" is tested at level 1 - confidence; testing stops at the first setting that cannot reject
// it, and the last one before is used. The chance that a broken promise is certified is at most the level, whatever the
// length of the path: only the first setting that breaks a promise can be certified wrongly, and it is tested once.
// Several promises need no sharing of the level: the hypothesis is their union, and its p-value the largest of theirs
// (intersection-union test, Berger 1982).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/line/calibration/promise.h"

namespace vitrt::calibration {

struct Path {
  std::string name;
  std::vector<std::vector<float>> settings;  // thresholds [exits], from safe to bold
};

struct Certificate {
  int setting = -1;             // of the path; -1: not even the first keeps the promises
  int tested = 0;               // settings that were looked at
  std::vector<int64_t> events;  // [promises], at the setting used; at the first one if setting < 0
  double p = 1;                 // the largest p-value there
};

// Exact binomial tests on all of `records`, which must not have taken part in making the path.
Certificate WalkPath(const Path& path, const Records& records, std::span<const Promise> promises, double confidence);

}  // namespace vitrt::calibration

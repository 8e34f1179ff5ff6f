// What a set of thresholds does to recorded images: exits taken, accuracy, recall, disagreement, cost.
#pragma once

#include <span>
#include <vector>

#include "runtime/line/calibration/records.h"

namespace vitrt::calibration {

struct Outcome {
  std::vector<int> exit_of;                    // [images]
  std::vector<int> exit_count;                 // [exits]
  int early = 0;                               // images that left before the last exit
  int disagreements = 0;                       // predictions that differ from the reference's
  int correct = 0;                             // needs labels
  int losses = 0, gains = 0;                   // reference right and prediction wrong, and the reverse
  double mean_cost = 0;                        // of cost[exit], over images
  double accuracy = 0, balanced_accuracy = 0;  // balanced: mean recall over classes that occur
  std::vector<double> recall;                  // [classes], NaN for a class without images
};

// The exit that each image takes, into exit_of [images]: the first exit k with confidence >= thresholds[k]; the last
// where there is none, or where that exit predicts a class that never leaves early (design: `>=`, NaN never).
// thresholds: [exits], the last is ignored.
void ExitsTaken(const Records& records, std::span<const float> thresholds, std::span<int> exit_of);

// cost: [exits] cost of leaving at an exit (any unit), or empty.
Outcome ApplyThresholds(const Records& records, std::span<const float> thresholds, std::span<const double> cost);

// The same as if exit `exit` classified every image.
Outcome ForcedExit(const Records& records, int exit, std::span<const double> cost);

}  // namespace vitrt::calibration

// The same images on every tier that this machine has.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/command.h"
#include "runtime/line/images/record_images.h"
#include "runtime/line/prediction/classification.h"

namespace vitrt::cli {

struct TierDifference {
  size_t image = 0;                                      // index into the recording
  Classification here, there;                            // on the engine's own tier, and on the other
  std::vector<float> here_confidence, there_confidence;  // of every exit
};

struct TierComparison {
  std::string isa;
  std::vector<TierDifference> differences;  // another exit or another class
  double largest_confidence_change = 0;     // where the exit is the same
};

// Every tier below `engine`'s own, against `predictions` of that one.
Result<std::vector<TierComparison>> CompareTiers(const std::string& plan, const Recording& recording,
                                                 const std::vector<Classification>& predictions, const RunOptions& run,
                                                 const Engine& engine, const CommonOptions& common);

}  // namespace vitrt::cli

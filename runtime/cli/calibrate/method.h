// The ways `vitrt calibrate` chooses thresholds, and the operating points it shows.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/line/calibration/records.h"
#include "vitrt/exit.h"
#include "vitrt/status.h"

namespace vitrt::cli {

struct CalibrateMethod {
  std::optional<double> max_disagreement, max_accuracy_drop;  // rates
  std::string quota;
  bool official_sweep = false;
  std::optional<int> point;  // of the sweep; default: see ChooseThresholds
  double confidence = 0.95;  // of the bound, one-sided
  bool empirical = false;    // take the observed rate for the promise
  unsigned seed = 1;         // of the split into a half that chooses and a half that certifies
};

struct OperatingPoint {
  std::string name;
  std::vector<float> thresholds;  // [exits]
};

struct Choice {
  std::vector<float> thresholds;
  std::vector<OperatingPoint> curve;
  nlohmann::ordered_json evidence;  // method, rates, bound, split
  std::string summary;              // one or two sentences for people
};

// cost: [exits] ms. enabled: [exits].
// --max-disagreement / --max-accuracy-drop: one half of the images (seeded split, each class in proportion) chooses the
//   cheapest thresholds, the other half certifies them: the Clopper-Pearson upper bound of its error rate must be at
//   most the target. The chooser starts at the target rate and is tightened until the other half agrees; every such
//   look is paid for (Bonferroni). --empirical: all images choose, the observed rate counts and nothing is promised.
// --official-sweep: 33 points; without --point the cheapest whose accuracy is not below the last exit's, or the most
//   accurate. Errors: kInvalidArgument (no or two methods, values out of range, too few images for the promise).
Result<Choice> ChooseThresholds(const CalibrateMethod& method, const calibration::Records& records,
                                const std::vector<double>& cost, const std::vector<bool>& enabled);

}  // namespace vitrt::cli

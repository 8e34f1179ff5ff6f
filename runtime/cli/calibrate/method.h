// The methods by which `vitrt calibrate` chooses thresholds, and the operating points that it shows.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/line/calibration/promise.h"
#include "vitrt/exit.h"
#include "vitrt/status.h"

namespace vitrt::cli {

struct CalibrateMethod {
  std::optional<double> max_disagreement, max_accuracy_drop;  // rates
  std::string max_false;                                      // CLASS=x,...
  std::string quota;
  bool official_sweep = false;
  std::optional<int> point;  // of the sweep; default: see ChooseThresholds
  double confidence = 0.95;  // of the promise, one-sided
  bool empirical = false;    // take the observed rate for the promise
  std::string path = "common";
  unsigned seed = 1;  // of the part that a fitted path is fitted to
};

struct OperatingPoint {
  std::string name;
  std::vector<float> thresholds;  // [exits]
};

struct Choice {
  std::vector<float> thresholds;
  std::vector<OperatingPoint> curve;
  nlohmann::ordered_json evidence;  // method, rates, bounds, path
  std::string summary;              // one or two sentences for people
};

// What is calibrated, beside the method.
struct CalibrationSet {
  const calibration::Records& records;
  std::vector<double> cost;  // [exits], of leaving there: ms, or FLOPs
  std::vector<bool> enabled;
  std::vector<std::string> exits, labels;  // names
  std::string reference = "the last exit";
};

// --max-disagreement, --max-accuracy-drop, --max-false: promises, alone or together (promise.h).
// --official-sweep: 33 points; without --point the cheapest whose accuracy is not below the last exit's, or the most
//   accurate. Errors: kInvalidArgument (no or two methods, values out of range, too few images for a promise).
Result<Choice> ChooseThresholds(const CalibrateMethod& method, const CalibrationSet& set);

}  // namespace vitrt::cli

// What `vitrt calibrate` shows: operating points as rows of a table, as JSON and as a picture.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/line/calibration/policy_outcome.h"
#include "vitrt/engine.h"

namespace vitrt::cli {

// One row of the table: cost and accuracy of a set of thresholds.
struct Row {
  std::string name;
  std::vector<float> thresholds;
  calibration::Outcome outcome;
  double mean_flops = 0;  // executed for an image
};

// What is known of the images.
struct Known {
  bool labels = true, times = true;
};

// Unknown is null.
nlohmann::ordered_json RowJson(const Row& row, Known known);

// rows: the last exit alone, then the operating points. Speed-ups are against the first.
std::string CalibrationText(const std::vector<Row>& rows, const PlanInfo& info, Known known);

std::string CalibrationSvg(const std::vector<Row>& rows, const Row& chosen, Known known);

}  // namespace vitrt::cli

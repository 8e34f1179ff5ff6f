// What a calibrated plan keeps of its calibration: how the thresholds were chosen, for `vitrt inspect`, and the
// predictions for the images, which `vitrt monitor` compares a log with.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "runtime/line/images/record_images.h"
#include "runtime/line/monitor/history.h"

namespace vitrt::line {

// More images than this are thinned out evenly, so that a plan grows by 100 KB at most.
inline constexpr size_t kMaxReferencePredictions = 2000;

// exit_of: [images], the exit that each takes with the chosen thresholds.
nlohmann::ordered_json ReferencePredictions(const Recording& recording, std::span<const int> exit_of);

// All of it; null where there is none or it is no JSON. Levels deeper than calibrate writes are dropped: plans are not
// trusted, and printing takes stack for each.
nlohmann::ordered_json ReadEvidence(const Engine& engine);

// Errors: kBadPlan (the plan was not calibrated, or keeps no predictions).
Result<monitor::History> ReadReferencePredictions(const Engine& engine);

}  // namespace vitrt::line

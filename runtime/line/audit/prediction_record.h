// A prediction, or why there is none, as a Record.
#pragma once

#include <optional>
#include <string>

#include "runtime/line/audit/record.h"
#include "vitrt/engine.h"
#include "vitrt/session.h"

namespace vitrt::audit {

// The image that was classified.
struct Source {
  std::string image;                      // path, or a request's name for it
  std::string camera = {}, part = {};     // "": the only one; not known
  std::optional<double> latency_ms = {};  // from the closing of the file to the prediction
};

// Without plan, model and options, which are the plan's.
Record RecordOf(const PlanInfo& info, const Source& source, const Prediction& prediction);
Record RefusalRecord(const Source& source, const Status& why);

// The rate that the plan's thresholds were certified for, where they are in force.
std::optional<double> PromisedRate(const PlanInfo& info, const RunOptions& run);

// Policy and thresholds in force, after the plan's defaults and overrides: Record::options.
std::string OptionsJson(const Engine& engine, const RunOptions& run, int threads);

}  // namespace vitrt::audit

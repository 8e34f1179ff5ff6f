// A worker's part: jobs of one model become responses.
#pragma once

#include <vector>

#include "runtime/line/serve/infer_job.h"
#include "runtime/line/serve/prediction_recorder.h"
#include "runtime/line/serve/serve_metrics.h"

namespace vitrt::serve {

// Where requests are counted and predictions are recorded.
struct Telemetry {
  ServeMetrics& requests;
  PredictionRecorder& predictions;
};

// Parses, decodes, runs and responds; jobs that fit each other run as one batch, each image with the result that it
// gets alone. Every job gets exactly one response. Thread-safe.
void RunInferJobs(std::vector<InferJob> jobs, const Telemetry& telemetry);

}  // namespace vitrt::serve

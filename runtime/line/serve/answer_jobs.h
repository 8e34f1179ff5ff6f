// A worker's part: jobs of one model become responses.
#pragma once

#include <vector>

#include "runtime/line/serve/answer_book.h"
#include "runtime/line/serve/infer_job.h"
#include "runtime/line/serve/serve_metrics.h"

namespace vitrt::serve {

// Where requests and answers are counted and kept.
struct Books {
  ServeMetrics& requests;
  AnswerBook& answers;
};

// Parses, decodes, runs and responds; jobs that fit each other run as one batch, each image with the answer that it
// gets alone. Every job is responded to, once. Thread-safe.
void AnswerJobs(std::vector<InferJob> jobs, const Books& books);

}  // namespace vitrt::serve

// Several sessions of one engine that run at once, as a server or a line with several cameras has them.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/bench/run.h"

namespace vitrt::cli {

// A session and what it runs.
struct Lane {
  Session session;
  Workload work;
};

struct LaneOptions {
  SessionOptions session;           // its max_batch is the batch that is run
  std::vector<std::string> images;  // empty: one random tensor
};

Result<Lane> MakeLane(const Engine& engine, const LaneOptions& options);

// Runs every lane in a thread of its own, all from one moment on; one lane in the calling thread. The samples of each.
// Errors: those of the first lane that has one.
Result<std::vector<Samples>> MeasureLanes(const MeasureOptions& options, const RunOptions& run,
                                          std::vector<Lane>* lanes, const Engine& engine);

// As if one session had them all; seconds: from the first start to the last end, which lie at most a run apart.
Samples Together(const std::vector<Samples>& samples);

}  // namespace vitrt::cli

// The report of `vitrt bench`, as text and as JSON.
#pragma once

#include <string>

#include "runtime/cli/bench/identity.h"
#include "runtime/cli/bench/run.h"
#include "runtime/engine/machine_peak.h"

namespace vitrt::cli {

struct BenchReport {
  std::string input;  // "random tensor", "12 images"
  bool random_input = false, decodes = false, show_segments = false, show_ops = false;
  int batch = 1, sessions = 1;
  BenchIdentity identity;
  double load_ms = 0;          // Engine::Load and Session::Create
  double first_answer_ms = 0;  // from the start of the process
  double peak_rss_bytes = 0;   // up to the end of the measurement
  Samples samples;             // of all sessions
  struct Batch {
    int batch = 1;
    Samples samples;
  };
  std::vector<Batch> batches;  // every requested size, the first again; empty: one size
  Samples profiled;            // a second measurement, with timers around segments and steps; only on request
  MachinePeak peak;            // measured beside the steps; only with them
};

std::string BenchJson(const BenchReport& report, const Engine& engine);
std::string BenchText(const BenchReport& report, const Engine& engine);

}  // namespace vitrt::cli

// What this machine can do at most, measured: what shares in `vitrt bench --ops` are shares of.
#pragma once

#include "vitrt/engine.h"

namespace vitrt {

struct MachinePeak {
  double gflops_per_s = 0;  // multiplies and adds in registers, on all threads at once, with the engine's tier
  double gbytes_per_s = 0;  // reading memory that no cache holds, on all threads at once
};

// Takes about a quarter of a second. Errors: kInternal (memory).
Result<MachinePeak> MeasurePeak(const Engine& engine, int threads);

}  // namespace vitrt

// Two engines of one plan in alternating rounds of one run each, every exit included, so that every step runs.
#pragma once

#include <vector>

#include "runtime/cli/command.h"

namespace vitrt::cli {

struct RoundOptions {
  const char* what = "tune";  // shown as progress
  double seconds = 1;
  int64_t iterations = 0;  // not 0: so many rounds instead
  int threads = 1;
  bool steps = false;  // false: whole runs only
};

struct Rounds {
  std::vector<double> run_ratio;                // [rounds]: time of b over that of a
  std::vector<std::vector<double>> step_ratio;  // [steps][rounds], if asked for
};
Result<Rounds> RunRounds(const RoundOptions& options, const Engine& a, const Engine& b);

// Whether all outputs of both have the same bits, on inputs of noise, one by one and in a batch, for each of the thread
// counts.
Result<bool> SameBits(const Engine& a, const Engine& b, const std::vector<int>& threads);

}  // namespace vitrt::cli

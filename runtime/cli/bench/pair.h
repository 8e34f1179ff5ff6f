// Two plans in alternating rounds of one run each, so that background load affects both.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/bench/identity.h"
#include "runtime/cli/bench/options.h"
#include "runtime/line/statistics/statistics.h"

namespace vitrt::cli {

struct PairReport {
  struct Plan {
    std::string path;
    BenchIdentity identity;
    std::vector<double> run_ms;  // [rounds]
  };
  std::vector<Plan> plans;  // two
  std::string input;
  int batch = 1;
  MedianInterval ratio;  // time of the second plan over that of the first, round by round
};

// Errors: as loading and running; kInvalidArgument (options that are for one plan).
Result<PairReport> BenchPair(const BenchOptions& options);

std::string PairJson(const PairReport& report);
std::string PairText(const PairReport& report);

}  // namespace vitrt::cli

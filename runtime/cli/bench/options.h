// Options of `vitrt bench`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/cli/common/options.h"

namespace vitrt::cli {

struct BenchOptions {
  std::string plan, other;  // other "": one plan
  std::vector<std::string> images;
  std::vector<int> batches = {1};
  int sessions = 1;
  double warmup = 1, duration = 5;
  int64_t iterations = 0;  // 0: as many as `duration` allows
  bool segments = false, ops = false, pin = false;
  std::string raw, trace;  // files to write; "": none
  CommonOptions common;
  ExitOptions exits;
};

}  // namespace vitrt::cli

// The work of `vitrt scan`, and what it prints.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/command.h"
#include "runtime/image/decode.h"
#include "runtime/line/answer/answer.h"
#include "runtime/line/answer/exit_options.h"
#include "runtime/line/scan/tiles.h"

namespace vitrt::cli {

struct ScanOptions {
  std::string plan, image, out, good;  // out, good "": not given
  int tile = 0, stride = 0;            // 0: not given
  int max_side = 2048;
  bool baseline = false;
  ExitOptions exits;
  CommonOptions common;
};

struct ScanResult {
  PlanInfo info;
  image::DecodedImage image;
  int64_t stride = 0;
  int good = -1;  // class
  std::vector<scan::Tile> tiles;
  std::vector<Answer> answers;  // [tiles]
  std::vector<float> scores;    // [tiles]: 1 - probability of the good class; NaN without a decision
  int batch = 1;
  double decode_ms = 0, tiles_ms = 0;
  double baseline_ms = 0;  // every tile alone to the last exit; 0: not measured
};

// Errors: kBadInput (the image), kInvalidArgument (options that do not fit the plan).
Result<ScanResult> RunScan(const ScanOptions& options);

std::string ScanJson(const ScanOptions& options, const ScanResult& result);
std::string ScanText(const ScanOptions& options, const ScanResult& result);

}  // namespace vitrt::cli

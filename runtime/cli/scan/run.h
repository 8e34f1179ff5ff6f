// The work of `vitrt scan`, and what it prints.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/command.h"
#include "runtime/line/prediction/classification.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/scan/overview.h"
#include "runtime/line/scan/regions.h"
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
  int64_t width = 0, height = 0;  // of the image
  scan::Overview overview{1, 1, 1};
  int64_t stride = 0;
  int good = -1;  // class
  std::vector<scan::Tile> tiles;
  std::vector<Classification> predictions;  // [tiles]
  std::vector<float> scores;                // [tiles]: 1 - probability of the good class; NaN without a decision
  std::vector<size_t> bad;                  // tiles predicted as another class than the good one
  int64_t undecided = 0;                    // tiles without a decision
  std::vector<scan::Region> regions;        // of the bad tiles, the worst first
  int batch = 1;
  double decode_ms = 0, tiles_ms = 0;
  double baseline_ms = 0;  // every tile alone to the last exit; 0: not measured

  // The tile of a region that is least like the good class.
  size_t WorstTile(const scan::Region& region) const;
  // "good" or "bad", or "" where no tile is bad and some are without a decision.
  std::string verdict() const { return !bad.empty() ? "bad" : undecided == 0 ? "good" : ""; }
};

// Rows of the image are decoded as tiles need them, where its format allows it (image/rows.h). Errors: kBadInput (the
// image), kInvalidArgument (options that do not fit the plan).
Result<ScanResult> RunScan(const ScanOptions& options);

std::string ScanJson(const ScanOptions& options, const ScanResult& result);
std::string ScanText(const ScanOptions& options, const ScanResult& result);

}  // namespace vitrt::cli

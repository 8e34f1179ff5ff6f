#include "runtime/kernels/int8_runs.h"

#include <algorithm>

#include "runtime/base/panels.h"

namespace vitrt::kernels {
namespace {

constexpr int64_t kColumns = kPanel, kGroup = 4, kBlock = 4, kLanes = 2 * kColumns;
constexpr int kMost = 128;  // 128 * 255 = 32640

// Are the sums of `count` groups from `group` on safe in every int16 lane?
bool IsSafe(const int8_t* panel, int64_t groups, int64_t group, int64_t count) {
  int positive[kLanes] = {}, negative[kLanes] = {};
  const int64_t end = std::min(groups, group + count);
  for (int64_t g = group; g < end; ++g) {
    for (int64_t i = 0; i < kColumns * kGroup; ++i) {
      const int w = panel[g * kColumns * kGroup + i];
      (w > 0 ? positive : negative)[i / 2] += w;
    }
  }
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    if (positive[lane] > kMost || negative[lane] < -kMost) return false;
  }
  return true;
}

int32_t RunOf(const int8_t* panel, int64_t groups, int64_t first) {
  for (const int64_t run : {kBlock, kBlock / 2, int64_t{1}}) {
    bool safe = true;
    for (int64_t g = first; g < first + kBlock; g += run) safe = safe && IsSafe(panel, groups, g, run);
    if (safe) return static_cast<int32_t>(run);
  }
  return 0;
}

}  // namespace

std::vector<int32_t> ColumnSums(const Int8Panels& panels) {
  std::vector<int32_t> sums(static_cast<size_t>(panels.panels() * kColumns));
  const int8_t* w = panels.weights;
  for (int64_t p = 0; p < panels.panels(); ++p) {
    int32_t* of_panel = sums.data() + p * kColumns;
    for (int64_t i = 0; i < panels.taps * panels.groups() * kColumns * kGroup; ++i)
      of_panel[i / kGroup % kColumns] += *w++;
  }
  return sums;
}

std::vector<int32_t> ProvedRuns(const Int8Panels& panels) {
  std::vector<int32_t> runs;
  runs.reserve(static_cast<size_t>(panels.panels() * panels.taps * panels.blocks()));
  for (int64_t tap = 0; tap < panels.panels() * panels.taps; ++tap) {
    const int8_t* of_tap = panels.weights + tap * panels.groups() * kColumns * kGroup;
    for (int64_t block = 0; block < panels.blocks(); ++block) {
      runs.push_back(RunOf(of_tap, panels.groups(), block * kBlock));
    }
  }
  return runs;
}

}  // namespace vitrt::kernels

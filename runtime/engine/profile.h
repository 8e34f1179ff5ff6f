// Times of runs, for `vitrt bench --segments --ops --trace`.
#pragma once

#include <chrono>
#include <vector>

namespace vitrt {

// One segment, or one step of it, for the images that went through it side by side.
struct ProfileSpan {
  int segment = 0, step = -1;  // -1: the whole segment
  int images = 0;
  std::chrono::steady_clock::time_point begin, end;
};

struct Profile {
  bool steps = false;                // false: only segments are timed
  std::vector<double> step_ms;       // [steps] of the last run, 0 for a step that did not run
  std::vector<double> segment_ms;    // [segments], likewise
  bool keep_spans = false;           // true: `spans` grows with every run
  std::vector<ProfileSpan> spans{};  // in the order in which they ended
};

}  // namespace vitrt

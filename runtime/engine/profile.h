// Times of one run, for `vitrt bench --segments --ops`.
#pragma once

#include <vector>

namespace vitrt {

struct Profile {
  bool steps = false;              // false: only segments are timed
  std::vector<double> step_ms;     // [steps], 0 for a step that did not run
  std::vector<double> segment_ms;  // [segments], likewise
};

}  // namespace vitrt

#include "runtime/line/calibration/fixed_sequence.h"

#include <algorithm>

#include "runtime/line/calibration/bound.h"
#include "runtime/line/calibration/policy_outcome.h"

namespace vitrt::calibration {

Certificate WalkPath(const Path& path, const Records& records, std::span<const Promise> promises, double confidence) {
  Certificate found;
  std::vector<int> exit_of(static_cast<size_t>(records.images));
  std::vector<int64_t> events(promises.size());
  for (size_t s = 0; s < path.settings.size(); ++s) {
    ++found.tested;
    ExitsTaken(records, path.settings[s], exit_of);
    double p = 0;
    for (size_t j = 0; j < promises.size(); ++j) {
      events[j] = CountEvents(records, exit_of, promises[j]);
      p = std::max(p, AtMostEvents(events[j], records.images, promises[j].rate));
    }
    if (s == 0) found.events = events, found.p = p;
    if (p > 1.0 - confidence) break;
    found.setting = static_cast<int>(s);
    found.events = events;
    found.p = p;
  }
  return found;
}

}  // namespace vitrt::calibration

#include "runtime/line/calibration/records.h"

namespace vitrt::calibration {

Records Subset(const Records& r, std::span<const int> chosen) {
  Records s{.exits = r.exits,
            .images = static_cast<int>(chosen.size()),
            .classes = r.classes,
            .confidence = {},
            .predicted = {},
            .never_early = r.never_early};
  for (int k = 0; k < r.exits; ++k) {
    for (const int i : chosen) {
      s.confidence.push_back(r.confidence_of(k, i));
      s.predicted.push_back(r.predicted_of(k, i));
    }
  }
  for (const int i : chosen) {
    if (!r.label.empty()) s.label.push_back(r.label[i]);
    if (!r.reference.empty()) s.reference.push_back(r.reference[i]);
  }
  return s;
}

}  // namespace vitrt::calibration

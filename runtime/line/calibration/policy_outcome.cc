#include "runtime/line/calibration/policy_outcome.h"

#include <cmath>

namespace vitrt::calibration {
namespace {

// Fills everything that follows from exit_of.
Outcome Summarise(const Records& r, std::vector<int> exit_of, std::span<const double> cost) {
  Outcome o;
  o.exit_of = std::move(exit_of);
  o.exit_count.assign(r.exits, 0);
  std::vector<int> of_class(r.classes, 0), right_of_class(r.classes, 0);
  const int last = r.exits - 1;
  for (int i = 0; i < r.images; ++i) {
    const int k = o.exit_of[i];
    const int predicted = r.predicted_of(k, i), reference = r.reference_of(i);
    ++o.exit_count[k];
    o.early += k != last;
    o.disagreements += predicted != reference;
    if (!cost.empty()) o.mean_cost += cost[k];
    if (r.label.empty()) continue;
    const int label = r.label[i];
    o.correct += predicted == label;
    o.losses += reference == label && predicted != label;
    o.gains += reference != label && predicted == label;
    if (label >= 0 && label < r.classes) {
      ++of_class[label];
      right_of_class[label] += predicted == label;
    }
  }
  if (r.images > 0) o.mean_cost /= r.images;
  if (r.label.empty() || r.images == 0) return o;
  o.accuracy = static_cast<double>(o.correct) / r.images;
  int present = 0;
  for (int c = 0; c < r.classes; ++c) {
    o.recall.push_back(of_class[c] ? static_cast<double>(right_of_class[c]) / of_class[c] : std::nan(""));
    if (of_class[c]) o.balanced_accuracy += o.recall.back(), ++present;
  }
  if (present) o.balanced_accuracy /= present;
  return o;
}

}  // namespace

void ExitsTaken(const Records& r, std::span<const float> thresholds, std::span<int> exit_of) {
  const int last = r.exits - 1;
  for (int i = 0; i < r.images; ++i) {
    int k = 0;
    while (k < last && !(r.confidence_of(k, i) >= thresholds[static_cast<size_t>(k)])) ++k;
    exit_of[static_cast<size_t>(i)] = r.barred(k, i) ? last : k;
  }
}

Outcome ApplyThresholds(const Records& r, std::span<const float> thresholds, std::span<const double> cost) {
  std::vector<int> exit_of(static_cast<size_t>(r.images));
  ExitsTaken(r, thresholds, exit_of);
  return Summarise(r, std::move(exit_of), cost);
}

Outcome ForcedExit(const Records& r, int exit, std::span<const double> cost) {
  return Summarise(r, std::vector<int>(r.images, exit), cost);
}

}  // namespace vitrt::calibration

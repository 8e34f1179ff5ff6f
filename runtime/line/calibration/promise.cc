#include "runtime/line/calibration/promise.h"

namespace vitrt::calibration {

bool IsEvent(const Records& r, int exit, int image, const Promise& promise) {
  const int predicted = r.predicted_of(exit, image), reference = r.reference_of(image);
  if (predicted == reference) return false;
  switch (promise.event) {
    case Event::kDisagreement:
      return true;
    case Event::kLoss:
      return reference == r.label[image];
    case Event::kFalse:
      return predicted == promise.class_index;
  }
  return true;
}

int64_t CountEvents(const Records& r, std::span<const int> exit_of, const Promise& promise) {
  int64_t events = 0;
  for (int i = 0; i < r.images; ++i) events += IsEvent(r, exit_of[static_cast<size_t>(i)], i, promise);
  return events;
}

}  // namespace vitrt::calibration

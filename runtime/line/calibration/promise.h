// What may be promised of early exits: how often, over all images, an event may happen.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/line/calibration/records.h"

namespace vitrt::calibration {

enum class Event : uint8_t {
  kDisagreement,  // the prediction differs from the reference's
  kLoss,          // the reference is right and the prediction is wrong (needs labels); gains are not credited
  kFalse,         // the prediction is `class_index` and the reference's is not
};

struct Promise {
  Event event = Event::kDisagreement;
  double rate = 0;       // over all images
  int class_index = -1;  // of kFalse
};

// exit_of: [images], the exit that each takes.
int64_t CountEvents(const Records& records, std::span<const int> exit_of, const Promise& promise);

// Whether exit `exit`'s prediction for image `image` would be such an event.
bool IsEvent(const Records& records, int exit, int image, const Promise& promise);

}  // namespace vitrt::calibration

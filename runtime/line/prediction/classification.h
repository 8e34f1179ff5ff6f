// A copy of a prediction without its logits. A vitrt::Prediction is valid until the session's next call; a
// Classification owns its values.
#pragma once

#include <cstdint>

#include "vitrt/session.h"

namespace vitrt::line {

struct Classification {
  int label = -1, exit = -1;  // indices: of the class, of the exit that decided
  float probability = 0, confidence = 0;
  uint32_t flags = 0;  // Prediction::Flag
  StageTimes times;
};

inline Classification ClassificationOf(const Prediction& p) {
  return {p.label, p.exit, p.probability, p.confidence, p.flags, p.times};
}

}  // namespace vitrt::line

// What a prediction decided, in values of its own: a vitrt::Prediction holds until the session's next call, an Answer
// as long as one likes.
#pragma once

#include <cstdint>

#include "vitrt/session.h"

namespace vitrt::line {

struct Answer {
  int label = -1, exit = -1;  // indices: of the class, of the exit that decided
  float probability = 0, confidence = 0;
  uint32_t flags = 0;  // Prediction::Flag
  StageTimes times;
};

inline Answer AnswerOf(const Prediction& p) { return {p.label, p.exit, p.probability, p.confidence, p.flags, p.times}; }

}  // namespace vitrt::line

// Confidence of an exit from its logits: the three policies of design section 3.
#pragma once

#include <span>

#include "vitrt/exit.h"

namespace vitrt {

struct ExitDecision {
  int label = -1;         // index of the largest logit, the first of equals; -1: no decision, a logit is not finite
  float probability = 0;  // softmax of that class; 0 if not finite
  float confidence = 0;   // by the policy; never >= a threshold above 0 when not finite
  bool finite = true;     // no logit is NaN or infinite
};

// probabilities: softmax of logits in fp32, same length (zeros if not finite).
ExitDecision Decide(ExitPolicy policy, std::span<const float> logits, std::span<float> probabilities);

// `>=`, as the official Dyn-Perceiver code has it: threshold <= 0 always, > 1 never, not finite never.
inline bool Answers(const ExitDecision& decision, float threshold) {
  return decision.finite && (threshold <= 0 || decision.confidence >= threshold);
}

}  // namespace vitrt

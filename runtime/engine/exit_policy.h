// What an exit's output means: logits, probabilities, and by the policies its confidence (docs/exits.md,
// Exits).
#pragma once

#include <span>

#include "vitrt/exit.h"

namespace vitrt {

struct ExitDecision {
  int label = -1;         // the most probable class, the first of equals; -1: no decision, a logit is not finite
  float probability = 0;  // of that class; 0 if not finite
  float confidence = 0;   // by the policy; never >= a threshold above 0 when not finite
  bool finite = true;     // no logit is NaN or infinite
};

// The model's output as one number a class: the same, or for one number x and two classes [0, x], [1 - x, x] where x is
// a probability.
void ToLogits(ExitMeaning meaning, std::span<const float> value, std::span<float> logits);

// Probabilities of the exits tried so far for an image, for policies that look back.
struct ExitHistory {
  std::span<float> log_sum;  // [classes], sum of ln p; anything where exits is 0
  int exits = 0;
};

// logits: as ToLogits gives them. history: of the image before this exit; takes it in if it is finite. nullptr: this
// exit stands alone. probabilities: same length; softmax of the logits in fp32, or the logits themselves,
// within [0, 1], where they are probabilities; zeros if not finite.
ExitDecision Decide(ExitPolicy policy, ExitMeaning meaning, std::span<const float> logits,
                    std::span<float> probabilities, ExitHistory* history = nullptr);

// `>=`, as the official Dyn-Perceiver code has it: threshold <= 0 always, > 1 never, not finite never.
inline bool ReachesThreshold(const ExitDecision& decision, float threshold) {
  return decision.finite && (threshold <= 0 || decision.confidence >= threshold);
}

}  // namespace vitrt

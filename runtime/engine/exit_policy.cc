#include "runtime/engine/exit_policy.h"

#include <algorithm>
#include <cmath>

#include "runtime/engine/exit_math.h"

namespace vitrt {

ExitDecision Decide(ExitPolicy policy, std::span<const float> logits, std::span<float> p) {
  ExitDecision d;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (!std::isfinite(logits[i])) d.finite = false;
    if (d.label < 0 || logits[i] > logits[d.label]) d.label = static_cast<int>(i);
  }
  if (!d.finite || d.label < 0) {
    d.label = -1;
    std::fill(p.begin(), p.end(), 0.0f);
    return d;
  }
  const float largest = logits[d.label];
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    p[i] = static_cast<float>(ExpOfNegative(double{logits[i] - largest}));
    sum += p[i];
  }
  const float scale = static_cast<float>(1.0 / sum);
  for (float& v : p) v *= scale;
  d.probability = p[d.label];

  switch (policy) {
    case ExitPolicy::kMaxProb:
      d.confidence = d.probability;
      break;
    case ExitPolicy::kMargin: {
      float second = 0;
      for (size_t i = 0; i < p.size(); ++i) {
        if (static_cast<int>(i) != d.label) second = std::max(second, p[i]);
      }
      d.confidence = d.probability - second;
      break;
    }
    case ExitPolicy::kEntropy: {
      double entropy = 0;
      for (float v : p) {
        if (v > 0) entropy -= static_cast<double>(v) * LogOfPositive(static_cast<double>(v));
      }
      d.confidence =
          p.size() < 2 ? 1.0f : static_cast<float>(1.0 - entropy / LogOfPositive(static_cast<double>(p.size())));
      break;
    }
  }
  return d;
}

}  // namespace vitrt

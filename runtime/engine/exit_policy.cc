#include "runtime/engine/exit_policy.h"

#include <algorithm>
#include <cmath>

#include "runtime/engine/exit_math.h"

namespace vitrt {

namespace {

void Softmax(std::span<const float> logits, float largest, std::span<float> p) {
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    p[i] = static_cast<float>(ExpOfNegative(double{logits[i] - largest}));
    sum += p[i];
  }
  const float scale = static_cast<float>(1.0 / sum);
  for (float& v : p) v *= scale;
}

float Confidence(ExitPolicy policy, std::span<const float> p, size_t label) {
  switch (policy) {
    case ExitPolicy::kMaxProb:
    case ExitPolicy::kGeometricMean:  // of one exit
      break;
    case ExitPolicy::kMargin: {
      float second = 0;
      for (size_t i = 0; i < p.size(); ++i) {
        if (i != label) second = std::max(second, p[i]);
      }
      return p[label] - second;
    }
    case ExitPolicy::kEntropy: {
      double entropy = 0;
      for (float v : p) {
        if (v > 0) entropy -= static_cast<double>(v) * LogOfPositive(static_cast<double>(v));
      }
      return p.size() < 2 ? 1.0f : static_cast<float>(1.0 - entropy / LogOfPositive(static_cast<double>(p.size())));
    }
  }
  return p[label];
}

// Geometric mean over the exits (Wojcik et al., Zero Time Waste, NeurIPS 2021, with equal weights).
float GeometricMean(std::span<const float> p, size_t label, ExitHistory* history) {
  constexpr float kLeast = 1e-30f;  // a class that one exit rules out is not ruled out by its rounding
  const std::span<float> sum = history->log_sum;
  for (size_t i = 0; i < p.size(); ++i)
    sum[i] = (history->exits == 0 ? 0.0f : sum[i]) + std::log(std::max(p[i], kLeast));
  const float scale = 1.0f / static_cast<float>(++history->exits);
  double total = 0;
  for (size_t i = 0; i < p.size(); ++i) total += std::exp(scale * (sum[i] - sum[label]));
  return static_cast<float>(1.0 / total);
}

}  // namespace

void ToLogits(ExitMeaning meaning, std::span<const float> value, std::span<float> logits) {
  if (meaning == ExitMeaning::kBinaryLogit || meaning == ExitMeaning::kBinaryProbability) {
    logits[0] = meaning == ExitMeaning::kBinaryLogit ? 0.0f : 1.0f - value[0];
    logits[1] = value[0];
  } else {
    std::copy(value.begin(), value.end(), logits.begin());
  }
}

ExitDecision Decide(ExitPolicy policy, ExitMeaning meaning, std::span<const float> logits, std::span<float> p,
                    ExitHistory* history) {
  ExitDecision d;
  d.finite = std::all_of(logits.begin(), logits.end(), [](float x) { return std::isfinite(x); });
  if (!d.finite || logits.empty()) {
    std::fill(p.begin(), p.end(), 0.0f);
    return d;
  }
  const auto largest = std::max_element(logits.begin(), logits.end());
  d.label = static_cast<int>(largest - logits.begin());
  if (meaning == ExitMeaning::kLogits || meaning == ExitMeaning::kBinaryLogit) {
    Softmax(logits, *largest, p);
  } else {
    std::transform(logits.begin(), logits.end(), p.begin(), [](float x) { return std::clamp(x, 0.0f, 1.0f); });
  }
  d.probability = p[static_cast<size_t>(d.label)];
  const auto label = static_cast<size_t>(d.label);
  const bool looks_back = policy == ExitPolicy::kGeometricMean && history != nullptr;
  d.confidence = looks_back ? GeometricMean(p, label, history) : Confidence(policy, p, label);
  return d;
}

}  // namespace vitrt

#include "runtime/line/calibration/quota.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vitrt::calibration {

std::vector<std::vector<float>> OfficialQuotas(int exits) {
  constexpr int kPoints = 33, kHalf = 17;
  constexpr float kScale[] = {0.85f, 1.0f, 0.5f, 1.0f};
  std::vector<float> p(kPoints + 1);
  for (int i = 0; i < kHalf; ++i) {
    p[i] = static_cast<float>(i + 4) / 20.0f;
    p[kPoints - i] = 20.0f / static_cast<float>(i + 4);
  }
  std::vector<std::vector<float>> quotas;
  for (int i = 0; i < kPoints; ++i) {
    std::vector<float> w(exits);
    for (int j = 0; j < exits; ++j) w[j] = std::exp(std::log(p[i]) * static_cast<float>(j + 1));
    const float sum = std::accumulate(w.begin(), w.end(), 0.0f);
    for (float& v : w) v /= sum;
    if (exits == 4) {
      for (int j = 0; j < 3; ++j) {
        w[j] *= kScale[j];
        const float left = 1.0f - std::accumulate(w.begin(), w.begin() + j + 1, 0.0f);
        const float rest = std::accumulate(w.begin() + j + 1, w.end(), 0.0f);
        for (int l = j + 1; l < 4; ++l) w[l] = left * w[l] / rest;
      }
    }
    quotas.push_back(std::move(w));
  }
  return quotas;
}

std::vector<float> ThresholdsForQuota(const Records& r, std::span<const float> quota) {
  std::vector<float> thresholds(r.exits, kNeverTaken);
  std::vector<bool> left(r.images, false);
  std::vector<float> waiting;
  for (int k = 0; k + 1 < r.exits; ++k) {
    waiting.clear();
    for (int i = 0; i < r.images; ++i) {
      if (!left[i] && !std::isnan(r.confidence_of(k, i))) waiting.push_back(r.confidence_of(k, i));
    }
    const auto wanted = static_cast<int64_t>(std::floor(static_cast<float>(r.images) * quota[k]));
    if (wanted >= 1 && wanted <= static_cast<int64_t>(waiting.size())) {
      std::nth_element(waiting.begin(), waiting.begin() + (wanted - 1), waiting.end(), std::greater<float>());
      thresholds[k] = waiting[wanted - 1];
    }
    for (int i = 0; i < r.images; ++i) {
      if (r.confidence_of(k, i) >= thresholds[k]) left[i] = true;
    }
  }
  thresholds[r.exits - 1] = kAlwaysTaken;
  return thresholds;
}

}  // namespace vitrt::calibration

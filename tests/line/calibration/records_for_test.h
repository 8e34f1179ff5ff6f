// Seeded records of exits whose confidence and accuracy grow with depth.
#pragma once

#include <cmath>
#include <random>

#include "runtime/line/calibration/records.h"

namespace vitrt::calibration {

inline Records RandomRecords(int exits, int images, int classes, unsigned seed, int levels = 0) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(0, 1);
  Records r{.exits = exits, .images = images, .classes = classes, .confidence = {}, .predicted = {}, .label = {}};
  r.confidence.resize(static_cast<size_t>(exits) * images);
  r.predicted.resize(static_cast<size_t>(exits) * images);
  for (int i = 0; i < images; ++i) {
    r.label.push_back(static_cast<int>(random() % classes));
    for (int k = 0; k < exits; ++k) {
      float c = 1.0f / static_cast<float>(classes) + (1.0f - 1.0f / static_cast<float>(classes)) * uniform(random);
      if (levels > 0) c = std::round(c * static_cast<float>(levels)) / static_cast<float>(levels);  // ties
      const bool right = uniform(random) < c * (0.8f + 0.2f * static_cast<float>(k) / static_cast<float>(exits));
      r.confidence[static_cast<size_t>(k) * images + i] = c;
      r.predicted[static_cast<size_t>(k) * images + i] = right ? r.label[i] : (r.label[i] + 1) % classes;
    }
  }
  return r;
}

}  // namespace vitrt::calibration

// What every exit said of every image of a labelled set: the input of every calibration and evaluation.
#pragma once

#include <cstdint>
#include <vector>

namespace vitrt::calibration {

struct Records {
  int exits = 0, images = 0, classes = 0;
  std::vector<float> confidence;  // [exits, images], by the policy in force; NaN where the logits were not finite
  std::vector<int> predicted;     // [exits, images], class of the largest logit
  std::vector<int> label;         // [images], or empty when nothing is known

  float confidence_of(int exit, int image) const { return confidence[static_cast<size_t>(exit) * images + image]; }
  int predicted_of(int exit, int image) const { return predicted[static_cast<size_t>(exit) * images + image]; }
};

}  // namespace vitrt::calibration

// Every exit's prediction for every image of a set: the input of every calibration and evaluation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vitrt::calibration {

struct Records {
  int exits = 0, images = 0, classes = 0;
  std::vector<float> confidence;          // [exits, images], by the policy in force; NaN where logits were not finite
  std::vector<int> predicted;             // [exits, images], class of the largest logit
  std::vector<int> label = {};            // [images], or empty when nothing is known
  std::vector<int> reference = {};        // [images], class that predictions are compared with; empty: the last exit's
  std::vector<uint8_t> never_early = {};  // [classes], not 0: what would leave as this class goes to the last exit; or
                                          // empty

  float confidence_of(int exit, int image) const { return confidence[static_cast<size_t>(exit) * images + image]; }
  int predicted_of(int exit, int image) const { return predicted[static_cast<size_t>(exit) * images + image]; }
  int reference_of(int image) const { return reference.empty() ? predicted_of(exits - 1, image) : reference[image]; }
  bool barred(int exit, int image) const {
    const int predicted_class = predicted_of(exit, image);
    return !never_early.empty() && predicted_class >= 0 && never_early[static_cast<size_t>(predicted_class)] != 0;
  }
};

// The images of `chosen`, in its order.
Records Subset(const Records& records, std::span<const int> chosen);

}  // namespace vitrt::calibration

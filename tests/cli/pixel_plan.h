// Labelled images whose pixels hold every exit's logits, and a plan that reads them: for tests of eval and
// calibrate through the program.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/plan/test_plan.h"

namespace vitrt::test {

inline constexpr int kPixelPlanExits = 3;
inline const std::vector<std::string> kPixelPlanExitNames = {"early", "middle", "final"};
inline const std::vector<std::string> kPixelPlanLabels = {"free", "crack", "hole", "stain"};

// One exit's output: the logit of `label` is level / 12.75, the others are 0.
struct ExitLogits {
  int label = 0;
  int level = 255;  // 0 to 255
};
using ImageLogits = std::array<ExitLogits, kPixelPlanExits>;

// max-prob of the logits, as fp32 computes it within a few units of the last place.
double Confidence(ExitLogits logits);

// An image of 4 x 3 grey pixels: row k holds the logits of exit k.
void WriteLogitImage(const std::string& path, const ImageLogits& logits);

// Thresholds 2, so that only the last exit answers. Deeper exits cost clearly more. With one exit: the last alone.
TestPlan PixelPlan(bool one_exit = false);

}  // namespace vitrt::test

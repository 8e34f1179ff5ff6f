// Labelled images whose pixels hold every exit's logits, and a plan that reads them: for tests of eval and
// calibrate through the program.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/plan/test_plan.h"

namespace vitrt::test {

inline constexpr int kSaidExits = 3;
inline const std::vector<std::string> kSaidExitNames = {"early", "middle", "final"};
inline const std::vector<std::string> kSaidLabels = {"free", "crack", "hole", "stain"};

// One exit's output: the logit of `label` is level / 12.75, the others are 0.
struct Saying {
  int label = 0;
  int level = 255;  // 0 to 255
};
using Said = std::array<Saying, kSaidExits>;

// max-prob of a saying, as fp32 computes it within a few units of the last place.
double Confidence(Saying saying);

// An image of 4 x 3 grey pixels: row k holds the logits of exit k.
void WriteSaid(const std::string& path, const Said& said);

// Thresholds 2, so that only the last exit answers. Deeper exits cost clearly more. With one exit: the last alone.
TestPlan SaidPlan(bool one_exit = false);

}  // namespace vitrt::test

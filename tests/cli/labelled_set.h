// A folder of 40 labelled images for PixelPlan, ten of each class. A group has one image of each class; its exits:
//   groups 0-4  every exit is right, with high confidence
//   groups 5-6  early is wrong with low confidence, middle right with high confidence, final right
//   group 7     early is right with low confidence, middle wrong with low confidence, final right
//   group 8     early is wrong with high confidence, middle wrong with low confidence, final right
//   group 9     early and middle are right with low confidence, final wrong
// High is above 0.9, low below 0.8. So early is right on 28 images, middle on 32, final on 36.
#pragma once

#include "tests/cli/pixel_plan.h"
#include "tests/cli/program.h"

namespace vitrt::test {

inline constexpr int kSetImages = 40;

// w has pixel.plan, and the images as data/<class>/<group>.pgm.
Workspace MakeLabelledSet();

ImageLogits LogitsOf(int group, int label);

}  // namespace vitrt::test

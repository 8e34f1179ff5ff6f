// A folder of 40 labelled images for SaidPlan, ten for each class. What the exits say of them, by groups of one image a
// class:
//   groups 0-4  every exit is right and sure
//   groups 5-6  early is wrong and unsure, middle right and sure, final right
//   group 7     early is right and unsure, middle wrong and unsure, final right
//   group 8     early is wrong and sure, middle wrong and unsure, final right
//   group 9     early and middle are right and unsure, final wrong
// Sure is above 0.9, unsure below 0.8. So early is right on 28, middle on 32, final on 36.
#pragma once

#include "tests/cli/program.h"
#include "tests/cli/said_images.h"

namespace vitrt::test {

inline constexpr int kSetImages = 40;

// w has said.plan, and the images as data/<class>/<group>.pgm.
Workspace MakeLabelledSet();

Said SaidOf(int group, int label);

}  // namespace vitrt::test

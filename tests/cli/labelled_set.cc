#include "tests/cli/labelled_set.h"

#include <filesystem>

namespace vitrt::test {

// Levels differ between groups, and not between the classes of a group: ties that leave together.
ImageLogits LogitsOf(int group, int label) {
  const int wrong = (label + 1) % 4, high = 140 + 10 * group, low = 20 + group;
  if (group < 5) return {{{label, high}, {label, high}, {label, 250}}};
  if (group < 7) return {{{wrong, low}, {label, high}, {label, 250}}};
  if (group == 7) return {{{label, low}, {wrong, low}, {label, 250}}};
  if (group == 8) return {{{wrong, 120}, {wrong, low}, {label, 250}}};
  return {{{label, low}, {label, low}, {wrong, 250}}};
}

Workspace MakeLabelledSet() {
  Workspace w{TemporaryPath("labelled")};
  std::filesystem::remove_all(w.folder);
  std::filesystem::create_directories(w.folder);
  PixelPlan().Write(w("pixel.plan"));
  for (int label = 0; label < 4; ++label) {
    const std::string folder = w("data/" + kPixelPlanLabels[label]);
    std::filesystem::create_directories(folder);
    for (int group = 0; group < 10; ++group) {
      WriteLogitImage(folder + "/" + std::to_string(group) + ".pgm", LogitsOf(group, label));
    }
  }
  return w;
}

}  // namespace vitrt::test

#include "tests/cli/labelled_set.h"

#include <filesystem>

namespace vitrt::test {

// Levels differ between groups, and not between the classes of a group: ties that leave together.
Said SaidOf(int group, int label) {
  const int wrong = (label + 1) % 4, sure = 140 + 10 * group, unsure = 20 + group;
  if (group < 5) return {{{label, sure}, {label, sure}, {label, 250}}};
  if (group < 7) return {{{wrong, unsure}, {label, sure}, {label, 250}}};
  if (group == 7) return {{{label, unsure}, {wrong, unsure}, {label, 250}}};
  if (group == 8) return {{{wrong, 120}, {wrong, unsure}, {label, 250}}};
  return {{{label, unsure}, {label, unsure}, {wrong, 250}}};
}

Workspace MakeLabelledSet() {
  const Workspace w{TemporaryPath("labelled")};
  std::filesystem::remove_all(w.folder);
  std::filesystem::create_directories(w.folder);
  SaidPlan().Write(w("said.plan"));
  for (int label = 0; label < 4; ++label) {
    const std::string folder = w("data/" + kSaidLabels[label]);
    std::filesystem::create_directories(folder);
    for (int group = 0; group < 10; ++group) {
      WriteSaid(folder + "/" + std::to_string(group) + ".pgm", SaidOf(group, label));
    }
  }
  return w;
}

}  // namespace vitrt::test

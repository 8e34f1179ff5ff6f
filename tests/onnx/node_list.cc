#include "tests/onnx/node_list.h"

#include <fstream>
#include <sstream>

namespace vitrt::test {
namespace {

constexpr size_t kReason = 100;  // characters kept

}  // namespace

std::string OutcomeName(Verdict::Outcome outcome) {
  using Outcome = Verdict::Outcome;
  return outcome == Outcome::kPassed ? "passed" : outcome == Outcome::kFailed ? "failed" : "skipped";
}

std::string Outcomes(const NodeTest& test) {
  return OutcomeName(test.evaluated.outcome) + " " + OutcomeName(test.plain.outcome) + " " +
         OutcomeName(test.optimised.outcome);
}

std::string ListText(const std::vector<NodeTest>& tests) {
  std::string text =
      "# Written by `onnx_node_tests FOLDER LIST --write`. Evaluated: by the converter's reference; plain: as a plan "
      "of the\n"
      "# required passes alone; optimised: as a plan of all passes. The first reason that there is follows.\n";
  for (const NodeTest& test : tests) {
    text += test.name + " " + Outcomes(test);
    for (const Verdict* verdict : {&test.evaluated, &test.plain, &test.optimised}) {
      if (verdict->reason.empty()) continue;
      text += "  " + verdict->reason.substr(0, kReason);
      break;
    }
    text += "\n";
  }
  return text;
}

std::map<std::string, std::string> ReadList(const std::string& path) {
  std::map<std::string, std::string> outcomes;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, evaluated, plain, optimised;
    if (line.starts_with('#') || !(words >> name >> evaluated >> plain >> optimised)) continue;
    outcomes[name] = evaluated.append(" ").append(plain).append(" ").append(optimised);
  }
  return outcomes;
}

}  // namespace vitrt::test

// onnx_node_tests DIR: runs the ONNX node tests below DIR and prints, per operator, how many passed, failed and were
// skipped, and every failure and skip with its reason. Exit code 1 if one failed, 2 for a wrong call.
#include <cstdio>
#include <filesystem>
#include <map>

#include "tests/onnx/node_tests.h"

int main(int argc, char** argv) {
  using vitrt::test::NodeTest;
  using Outcome = NodeTest::Outcome;
  if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
    std::fprintf(stderr, "usage: onnx_node_tests DIR\n");
    return 2;
  }
  std::map<std::string, std::map<Outcome, int>> by_operator;
  std::map<Outcome, int> total;
  for (const NodeTest& test : vitrt::test::RunNodeTests(argv[1])) {
    ++by_operator[test.operators][test.outcome];
    ++total[test.outcome];
    if (test.outcome == Outcome::kPassed) continue;
    std::printf("%s %s [%s]: %s\n", test.outcome == Outcome::kFailed ? "FAILED " : "skipped", test.name.c_str(),
                test.operators.c_str(), test.reason.c_str());
  }
  std::printf("\n%-40s %7s %7s %7s\n", "operator", "passed", "failed", "skipped");
  for (auto& [name, counts] : by_operator) {
    std::printf("%-40s %7d %7d %7d\n", name.c_str(), counts[Outcome::kPassed], counts[Outcome::kFailed],
                counts[Outcome::kSkipped]);
  }
  std::printf("%-40s %7d %7d %7d\n", "all", total[Outcome::kPassed], total[Outcome::kFailed], total[Outcome::kSkipped]);
  return total[Outcome::kFailed] > 0;
}

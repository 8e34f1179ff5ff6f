// onnx_node_tests FOLDER LIST: runs the ONNX node tests below FOLDER and compares their outcomes with the stored LIST;
// a test that the list does not know must not fail. Ends with "N passed, N failed, N skipped", where skipped are those
// that the importer refuses, as listed. --write writes the list instead. Exit code 1 if one differs, 2 for a wrong
// call.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/onnx/node_list.h"

namespace {

using namespace vitrt::test;

void PrintCounts(const std::vector<NodeTest>& tests) {
  std::printf("%-10s %7s %7s %7s\n", "", "passed", "failed", "skipped");
  const std::pair<const char*, Verdict NodeTest::*> ways[] = {
      {"evaluated", &NodeTest::evaluated}, {"plain", &NodeTest::plain}, {"optimised", &NodeTest::optimised}};
  for (const auto& [name, verdict] : ways) {
    int counts[3] = {};
    for (const NodeTest& test : tests) ++counts[static_cast<int>((test.*verdict).outcome)];
    std::printf("%-10s %7d %7d %7d\n", name, counts[0], counts[1], counts[2]);
  }
}

void PrintReasons(const NodeTest& test) {
  for (const Verdict* verdict : {&test.evaluated, &test.plain, &test.optimised}) {
    if (!verdict->reason.empty()) std::printf("    %s\n", verdict->reason.c_str());
  }
}

int CompareWithList(const std::vector<NodeTest>& tests, const std::string& path) {
  const auto expected = ReadList(path);
  int passed = 0, failed = 0, skipped = 0;
  for (const NodeTest& test : tests) {
    const auto known = expected.find(test.name);
    const std::string now = Outcomes(test);
    const bool right = known == expected.end() ? now.find("failed") == std::string::npos : known->second == now;
    if (!right) {
      ++failed;
      std::printf("%s: %s, expected %s\n", test.name.c_str(), now.c_str(),
                  known == expected.end() ? "no failure" : known->second.c_str());
      PrintReasons(test);
    } else if (test.evaluated.outcome == Verdict::Outcome::kSkipped) {
      ++skipped;
    } else {
      ++passed;
    }
  }
  std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
  return failed > 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool write = argc == 4 && std::strcmp(argv[3], "--write") == 0;
  if ((argc != 3 && !write) || !std::filesystem::is_directory(argv[1])) {
    std::fprintf(stderr, "usage: onnx_node_tests FOLDER LIST [--write]\n");
    return 2;
  }
  const std::vector<NodeTest> tests = RunNodeTests(argv[1]);
  PrintCounts(tests);
  if (!write) return CompareWithList(tests, argv[2]);
  std::ofstream(argv[2]) << ListText(tests);
  return 0;
}

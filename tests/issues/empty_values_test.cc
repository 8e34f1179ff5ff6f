// Issue: `--exit ""`, as from an empty variable of a shell, was taken for an option that was not given. Every option of every
// command that takes a value, as the help has them.
#include <sstream>
#include <string>
#include <vector>

#include "doctest/doctest.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

// The long names of the options that take a value: "  --exit NAME|last   always answer..." or "  -o,--out FILE".
std::vector<std::string> OptionsWithValue(const std::string& command) {
  std::vector<std::string> options;
  std::istringstream help(RunVitrt({command, "--help"}).out);
  for (std::string line; std::getline(help, line);) {
    const size_t begin = line.find("--");
    if (!line.starts_with("  -") || begin == line.npos) continue;
    const size_t end = line.find_first_of(" \n", begin);
    if (end == line.npos || end + 1 >= line.size() || line[end + 1] == ' ') continue;
    options.push_back(line.substr(begin, end - begin));
  }
  return options;
}

TEST_CASE("an empty value is exit code 2 for every option of every command") {
  const Workspace w = MakeWorkspace();
  size_t tried = 0;
  for (const char* command : {"infer", "watch", "serve", "scan", "bench", "eval", "calibrate", "compare", "monitor",
                              "tune", "inspect", "version"}) {
    for (const std::string& option : OptionsWithValue(command)) {
      CAPTURE(command);
      CAPTURE(option);
      for (const std::vector<std::string>& empty : {std::vector<std::string>{option, ""}, {option + "="}}) {
        std::vector<std::string> arguments = {command, w("two.plan"), w("a.ppm")};
        arguments.insert(arguments.end(), empty.begin(), empty.end());
        const Finished f = RunVitrt(arguments);
        CHECK_MESSAGE(f.code == 2, f.err);
        CHECK(f.one_error());
        CHECK(f.err.find(option + " has an empty value") != std::string::npos);
        CHECK(f.out.empty());
      }
      ++tried;
    }
  }
  CHECK(tried > 80);
}

TEST_CASE("an empty name of a file is exit code 2") {
  const Workspace w = MakeWorkspace();
  const std::string plan = w("two.plan"), image = w("a.ppm");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"infer", "", image}, {"infer", plan, ""}, {"bench", plan, ""}, {"inspect", ""}, {""}}) {
    const Finished f = RunVitrt(arguments);
    CHECK_MESSAGE(f.code == 2, f.err);
    CHECK(f.one_error());
  }
}

TEST_CASE("a value of blanks or of a comma alone is exit code 2") {
  const Workspace w = MakeWorkspace();
  const std::string plan = w("two.plan"), image = w("a.ppm");
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"infer", plan, image, "--threshold", ","},
                                             {"infer", plan, image, "--threshold", "early="},
                                             {"infer", plan, image, "--threshold", " "},
                                             {"infer", plan, image, "--exit", " "},
                                             {"bench", plan, "--iterations", "1", "--warmup", "0", "--batch", ","}}) {
    CAPTURE(arguments.back());
    const Finished f = RunVitrt(arguments);
    CHECK_MESSAGE(f.code == 2, f.err);
    CHECK(f.one_error());
  }
}

}  // namespace
}  // namespace vitrt::test

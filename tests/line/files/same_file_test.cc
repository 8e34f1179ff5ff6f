#include "runtime/line/files/same_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/plan/test_plan.h"

namespace vitrt::line {
namespace {

namespace fs = std::filesystem;

struct Folder {
  std::string path = test::TemporaryPath("same_file");
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path + "/sub");
    std::ofstream(path + "/a") << "a";
    std::ofstream(path + "/b") << "b";
    fs::create_symlink("a", path + "/to_a");
    fs::create_symlink("to_a", path + "/to_to_a");
    fs::create_hard_link(path + "/a", path + "/also_a");
    fs::create_symlink("nothing", path + "/dangling");
    fs::create_directory_symlink("sub", path + "/to_sub");
  }
};

TEST_CASE("an output is compared with inputs by what it would reach") {
  const Folder folder;
  const struct {
    const char *input, *output;
    bool same;
  } cases[] = {{"/a", "/a", true},
               {"/a", "/to_a", true},
               {"/to_to_a", "/also_a", true},
               {"/a", "/sub/../a", true},
               {"/a", "/b", false},
               {"/a", "/new", false},
               {"/new", "/new", true},
               {"/nothing", "/dangling", true},
               {"/sub/x", "/to_sub/x", true},
               {"/dangling", "/new", false},
               {"/a", "/missing/a", false}};
  for (const auto& c : cases) {
    CAPTURE(c.input);
    CAPTURE(c.output);
    const NamedFile inputs[] = {{"the input", folder.path + c.input}};
    const OutputFile outputs[] = {{"none", "", nullptr}, {"--out", folder.path + c.output, nullptr}};
    const Status status = CheckOutputs(inputs, outputs);
    CHECK(status.ok() != c.same);
    if (c.same) CHECK(status.what() == "--out would overwrite the input");
    CHECK(CheckOutputs({}, OutputFiles{{"--in", inputs[0].path, nullptr}, outputs[1]}).ok() != c.same);
  }
}

TEST_CASE("devices may be written twice") {
  const OutputFile outputs[] = {{"--log", "/dev/null", &kinds::kLog}, {"--metrics", "/dev/null", &kinds::kMetrics}};
  CHECK(CheckOutputs({}, outputs).ok());
}

TEST_CASE("an output of another kind is refused, one that is an input by that name") {
  const Folder folder;
  const FileKind kind = {"a log", "{"};
  const NamedFile inputs[] = {{"the input", folder.path + "/a"}};
  const auto what = [&](const char* name, const FileKind* of) {
    const OutputFile outputs[] = {{"none", "", of}, {"--out", folder.path + name, of}};
    return CheckOutputs(inputs, outputs).what();
  };
  CHECK(what("/a", &kind) == "--out would overwrite the input");
  CHECK(what("/b", &kind) == "the file is there and is not a log");
  CHECK(what("/b", nullptr) == "");
  CHECK(what("/new", &kind) == "");
}

}  // namespace
}  // namespace vitrt::line

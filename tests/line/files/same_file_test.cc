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
    const NamedFile outputs[] = {{"none", ""}, {"--out", folder.path + c.output}};
    const Status status = CheckOutputs(inputs, outputs);
    CHECK(status.ok() != c.same);
    if (c.same) CHECK(status.what() == "--out would overwrite the input");
    CHECK(CheckOutputs({}, std::vector<NamedFile>{inputs[0], outputs[1]}).ok() != c.same);
  }
}

TEST_CASE("devices may be written twice") {
  const NamedFile outputs[] = {{"--log", "/dev/null"}, {"--metrics", "/dev/null"}};
  CHECK(CheckOutputs({}, outputs).ok());
}

TEST_CASE("a kind is known by how a file starts") {
  const FileKind kind = {"a log", "{\"time\":"};
  const struct {
    const char* text;
    bool fits;
  } cases[] = {{"", true},  {"{\"time\":1}", true}, {"{\"ti", true}, {"{\"tame\":1}", false}, {"crack\nhole\n", false},
               {"x", false}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const std::string path = test::TemporaryPath("kind");
    std::ofstream(path) << c.text;
    CHECK(CheckKind(path, kind).ok() == c.fits);
  }
  CHECK(CheckKind("/nonexistent/x", kind).ok());
  CHECK(CheckKind("/dev/null", kind).ok());
}

}  // namespace
}  // namespace vitrt::line

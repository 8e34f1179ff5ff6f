#include "runtime/line/watch/done_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/plan/test_plan.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

std::string MakeFolder(const std::string& name) {
  std::string folder = test::TemporaryPath(name);
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("files are moved below a folder, and never over another one") {
  const std::string folder = MakeFolder("done");
  const auto done = DoneFolder::Open(folder + "/out");
  REQUIRE(done.ok());
  for (const char* text : {"first", "second", "third"}) {
    Write(folder + "/a.png", text);
    REQUIRE(done->Move(folder + "/a.png", "left/crack").ok());
    CHECK(!fs::exists(folder + "/a.png"));
  }
  CHECK(Read(folder + "/out/left/crack/a.png") == "first");
  CHECK(Read(folder + "/out/left/crack/a-2.png") == "second");
  CHECK(Read(folder + "/out/left/crack/a-3.png") == "third");
  CHECK(done->Move(folder + "/a.png", "").ok());  // it is gone
}

TEST_CASE("a kill between the two steps of a move is completed by the next") {
  const std::string folder = MakeFolder("half-moved");
  const auto done = DoneFolder::Open(folder + "/out");
  REQUIRE(done.ok());
  Write(folder + "/a.png", "text");
  fs::create_hard_link(folder + "/a.png", folder + "/out/a.png");
  REQUIRE(done->Move(folder + "/a.png", "").ok());
  CHECK(!fs::exists(folder + "/a.png"));
  CHECK(!fs::exists(folder + "/out/a-2.png"));
}

TEST_CASE("another file system: copied, then removed") {
  const std::string folder = MakeFolder("done-elsewhere");
  std::error_code error;
  const std::string other = "/dev/shm/vitrt-done-folder-test";
  fs::create_directories(other, error);
  if (error) return;
  Write(folder + "/a.png", "text");
  const auto done = DoneFolder::Open(other);
  REQUIRE(done.ok());
  REQUIRE(done->Move(folder + "/a.png", "sub").ok());
  CHECK(!fs::exists(folder + "/a.png"));
  CHECK(Read(other + "/sub/a.png") == "text");
  fs::remove_all(other);
}

TEST_CASE("what is no folder to write into is refused") {
  const std::string folder = MakeFolder("no-done");
  Write(folder + "/file", "text");
  CHECK(DoneFolder::Open(folder + "/file").status().code() == StatusCode::kInvalidArgument);
  CHECK(Read(folder + "/file") == "text");
}

TEST_CASE("names of folders") {
  CHECK(FolderName("crack") == "crack");
  CHECK(FolderName("a/b\n") == "a_b_");
  CHECK(FolderName("..") == ".._");
  CHECK(FolderName("") == "_");
}

}  // namespace
}  // namespace vitrt::watch

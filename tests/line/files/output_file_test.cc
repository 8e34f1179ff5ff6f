#include "runtime/line/files/output_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "doctest/doctest.h"
#include "tests/plan/test_plan.h"

namespace vitrt::line {
namespace {

namespace fs = std::filesystem;

std::string Folder() {
  std::string folder = test::TemporaryPath("output_file");
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

Status Write(const std::string& path, const std::string& text) {
  return WriteFile(path, std::as_bytes(std::span(text)));
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int FilesIn(const std::string& folder) {
  return static_cast<int>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST_CASE("writes a file and replaces it, leaving nothing else") {
  const std::string folder = Folder(), path = folder + "/a.npy";
  CHECK(Write(path, "first").ok());
  CHECK(Read(path) == "first");
  CHECK(Write(path, "second").ok());
  CHECK(Read(path) == "second");
  CHECK(FilesIn(folder) == 1);
  struct stat info;
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0400) != 0);
  CHECK((info.st_mode & 0111) == 0);
}

TEST_CASE("says where it cannot write, and leaves nothing behind") {
  const std::string folder = Folder();
  fs::create_directory(folder + "/a_folder");
  for (const std::string& path : {folder + "/missing/a.npy", folder + "/a_folder"}) {
    CAPTURE(path);
    const Status status = Write(path, "text");
    CHECK(status.code() == StatusCode::kInternal);
    CHECK(status.where() == path);
  }
  CHECK(FilesIn(folder) == 1);
}

}  // namespace
}  // namespace vitrt::line

#include "runtime/line/images/image_list.h"

#include <filesystem>
#include <fstream>

#include "doctest/doctest.h"
#include "tests/plan/test_plan.h"

namespace vitrt::line {
namespace {

namespace fs = std::filesystem;

std::string MakeFolder() {
  std::string folder = test::TemporaryPath("image_list");
  fs::remove_all(folder);
  fs::create_directories(folder + "/sub");
  fs::create_directories(folder + "/.hidden");
  fs::create_directories(folder + "/empty");
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder + "/" + name) << text;
  };
  write("b.png", "damaged, but named as an image");
  write("a.JPG", "");
  write("no_extension", "P5 1 1 255 x");
  write("notes.txt", "not an image");
  write("sub/c.tiff", "");
  write(".d.png", "");
  write(".hidden/e.png", "");
  return folder;
}

TEST_CASE("a folder means its images, sorted, and counts what is none") {
  const std::string folder = MakeFolder();
  const auto list = FindImages({folder});
  REQUIRE(list.ok());
  CHECK(list->paths == std::vector<std::string>{folder + "/a.JPG", folder + "/b.png", folder + "/no_extension",
                                                folder + "/sub/c.tiff"});
  CHECK(list->skipped == 1);
}

TEST_CASE("a file means itself, whatever it is, in the order given") {
  const std::string folder = MakeFolder();
  const auto list = FindImages({folder + "/notes.txt", folder + "/missing.png", folder + "/sub"});
  REQUIRE(list.ok());
  CHECK(list->paths ==
        std::vector<std::string>{folder + "/notes.txt", folder + "/missing.png", folder + "/sub/c.tiff"});
}

TEST_CASE("a folder without images is an error") {
  const std::string folder = MakeFolder();
  const auto list = FindImages({folder + "/empty"});
  REQUIRE(!list.ok());
  CHECK(list.status().code() == StatusCode::kBadInput);
}

}  // namespace
}  // namespace vitrt::line

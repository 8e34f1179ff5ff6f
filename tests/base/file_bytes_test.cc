#include "runtime/base/file_bytes.h"

#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/plan/test_plan.h"

using namespace vitrt;
using Mode = FileBytes::Mode;

TEST_SUITE("runtime/base/file_bytes") {
  TEST_CASE("gives a file's bytes, aligned, mapped or read") {
    const std::string path = test::TemporaryPath("bytes");
    const std::string text(100000, 'x');
    std::ofstream(path, std::ios::binary) << text;
    for (Mode mode : {Mode::kMap, Mode::kRead}) {
      auto file = FileBytes::Open(path, mode);
      REQUIRE(file.ok());
      CHECK(reinterpret_cast<uintptr_t>(file->bytes().data()) % 64 == 0);
      const FileBytes moved = std::move(*file);
      REQUIRE(moved.bytes().size() == text.size());
      CHECK(std::memcmp(moved.bytes().data(), text.data(), text.size()) == 0);
      CHECK(file->bytes().empty());
    }
  }

  TEST_CASE("what was read does not change with the file") {
    const std::string path = test::TemporaryPath("changing");
    std::ofstream(path) << "before";
    const auto file = FileBytes::Open(path, Mode::kRead);
    REQUIRE(file.ok());
    std::ofstream(path) << "x";
    CHECK(std::memcmp(file->bytes().data(), "before", 6) == 0);
  }

  TEST_CASE("says what is wrong with a path") {
    const std::string empty = test::TemporaryPath("empty");
    std::ofstream(empty).close();
    for (const std::string& path :
         {empty, std::string("/nonexistent/file"), std::filesystem::temp_directory_path().string()}) {
      for (Mode mode : {Mode::kMap, Mode::kRead}) {
        const auto file = FileBytes::Open(path, mode);
        REQUIRE(!file.ok());
        CHECK(file.status().code() == StatusCode::kBadInput);
        CHECK(file.status().where() == path);
      }
    }
  }
}

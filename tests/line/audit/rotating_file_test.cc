#include "runtime/line/audit/rotating_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/plan/test_plan.h"

namespace vitrt::audit {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Line(int i) { return "line " + std::to_string(i) + "\n"; }

TEST_CASE("rotates by size, keeps the newest, loses no line between them") {
  const std::string path = test::TemporaryPath("rotating.jsonl");
  auto file = RotatingFile::Open(path, 3 * 7, 2);
  REQUIRE(file.ok());
  for (int i = 0; i < 9; ++i) REQUIRE(file->Append(Line(i)).ok());
  CHECK(Read(path) == Line(6) + Line(7) + Line(8));
  CHECK(Read(path + ".1") == Line(3) + Line(4) + Line(5));
  CHECK(Read(path + ".2") == Line(0) + Line(1) + Line(2));
  REQUIRE(file->Append(Line(9)).ok());
  CHECK(Read(path) == Line(9));
  CHECK(Read(path + ".2") == Line(3) + Line(4) + Line(5));
  CHECK(!std::filesystem::exists(path + ".3"));
}

TEST_CASE("goes on where an earlier run ended; keep 0 starts afresh; 0 bytes never rotates") {
  const std::string path = test::TemporaryPath("again.jsonl");
  for (int i = 0; i < 3; ++i) {
    auto file = RotatingFile::Open(path, 2 * 7, 0);
    REQUIRE(file.ok());
    REQUIRE(file->Append(Line(i)).ok());
  }
  CHECK(Read(path) == Line(2));
  CHECK(!std::filesystem::exists(path + ".1"));
  auto endless = RotatingFile::Open(path, 0, 0);
  REQUIRE(endless.ok());
  for (int i = 3; i < 100; ++i) REQUIRE(endless->Append(Line(i)).ok());
  CHECK(Read(path).starts_with(Line(2)));
}

TEST_CASE("a full disk is an error for each line, a folder for opening") {
  auto full = RotatingFile::Open("/dev/full", 100, 1);
  REQUIRE(full.ok());
  for (int i = 0; i < 3; ++i) {
    const Status status = full->Append(Line(i));
    REQUIRE(!status.ok());
    CHECK(status.code() == StatusCode::kInternal);
    CHECK(status.where() == "/dev/full");
  }
  CHECK(!RotatingFile::Open("/", 100, 1).ok());
  CHECK(!RotatingFile::Open("/nonexistent/x", 100, 1).ok());
}

}  // namespace
}  // namespace vitrt::audit

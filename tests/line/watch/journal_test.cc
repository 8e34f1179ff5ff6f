#include "runtime/line/watch/journal.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/plan/test_plan.h"

namespace vitrt::watch {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Extents Written(uint64_t json, uint64_t csv) { return {Extent{7, json}, Extent{8, csv}}; }

TEST_CASE("what was added is there after a restart, whatever the name") {
  const std::string path = test::TemporaryPath("names.journal");
  const std::string names[] = {"a.png", "b \"c\"\n\t.png", "\xff\xc3\x28.png", "\xc3\xa9.png", ""};
  {
    auto journal = Journal::Open(path);
    REQUIRE(journal.ok());
    for (const std::string& name : names) REQUIRE(journal->Add(name, "1-2-3", Written(10, 20)).ok());
    REQUIRE(journal->Add("a.png", "4-5-6", Written(30, 40)).ok());
  }
  auto again = Journal::Open(path);
  REQUIRE_MESSAGE(again.ok(), again.status().ToString());
  for (const std::string& name : names) CHECK(again->Has(name, name == "a.png" ? "4-5-6" : "1-2-3"));
  CHECK(!again->Has("a.png", "1-2-3"));
  CHECK(!again->Has("z.png", "1-2-3"));
  CHECK(again->results()[0].inode == 7);
  CHECK(again->results()[0].bytes == 30);
  CHECK(again->results()[1].bytes == 40);
}

TEST_CASE("a line that a kill cut short is dropped; a foreign file is refused") {
  const std::string path = test::TemporaryPath("cut.journal");
  {
    auto journal = Journal::Open(path);
    REQUIRE(journal.ok());
    REQUIRE(journal->Add("a.png", "1", {}).ok());
    REQUIRE(journal->Add("b.png", "2", {}).ok());
  }
  const std::string whole = Read(path);
  for (size_t cut = whole.find('\n') + 1; cut < whole.size(); ++cut) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, cut);
    auto journal = Journal::Open(path);
    REQUIRE_MESSAGE(journal.ok(), journal.status().ToString());
    CHECK(journal->Has("a.png", "1"));
    CHECK(!journal->Has("b.png", "2"));
    REQUIRE(journal->Add("c.png", "3", {}).ok());
    CHECK(Read(path).find("c.png") == whole.find('\n') + 3);
  }
  std::ofstream(path, std::ios::binary) << "not a journal\n";
  CHECK(!Journal::Open(path).ok());
}

TEST_CASE("two watchers of one journal: the second is refused") {
  const std::string path = test::TemporaryPath("locked.journal");
  auto first = Journal::Open(path);
  REQUIRE(first.ok());
  const auto second = Journal::Open(path);
  REQUIRE(!second.ok());
  CHECK(second.status().what() == "the journal is in use");
}

TEST_CASE("stays small while files come and go, and keeps those that stayed") {
  const std::string path = test::TemporaryPath("compact.journal");
  auto journal = Journal::Open(path);
  REQUIRE(journal.ok());
  REQUIRE(journal->Add("stays.png", "0", {}).ok());
  for (int i = 0; i < 20000; ++i) {
    const std::string name = std::to_string(i) + ".png";
    REQUIRE(journal->Add(name, "1", Written(static_cast<uint64_t>(i), 0)).ok());
    journal->Forget(name);
  }
  CHECK(std::filesystem::file_size(path) < 5000 * 64);
  CHECK(journal->Has("stays.png", "0"));
  CHECK(!Journal::Open(path).ok());  // the new file is locked too
  {
    const Journal moved = std::move(*journal);  // ends the lock
  }
  const auto again = Journal::Open(path);
  REQUIRE(again.ok());
  CHECK(again->Has("stays.png", "0"));
  CHECK(again->results()[0].bytes == 19999);
}

TEST_CASE("a full disk is an error, and the image is not done") {
  // /dev/full cannot be cut or locked like a file, so the journal lives on it only for this.
  auto journal = Journal::Open("/dev/full");
  REQUIRE_MESSAGE(journal.ok(), journal.status().ToString());
  CHECK(!journal->Add("a.png", "1", {}).ok());
  CHECK(!journal->Has("a.png", "1"));
}

}  // namespace
}  // namespace vitrt::watch

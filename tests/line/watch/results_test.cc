#include "runtime/line/watch/results.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/plan/test_plan.h"

namespace vitrt::watch {
namespace {

constexpr char kHeader[] = "image,label,class,\n";
const std::array<LineShape, 2> kTwo = {LineShape{"{\"image\":2", "}"}, LineShape{"2,", "z"}};

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Append(Results* results, ResultLines lines) {
  REQUIRE(results->Append(&lines).ok());
  CHECK(lines == ResultLines{});
}

TEST_CASE("what the journal does not know of stays, and is found") {
  const std::string json = test::TemporaryPath("results.jsonl"), csv = test::TemporaryPath("results.csv");
  Extents journaled;
  {
    auto results = Results::Open({json, csv}, kHeader, 0);
    REQUIRE_MESSAGE(results.ok(), results.status().ToString());
    Append(&*results, {"{\"image\":1}\n", "1,z\n"});
    journaled = results->ends();
    Append(&*results, {"{\"image\":2}\n", ""});  // killed before the CSV and the journal's line
  }
  auto again = Results::Open({json, csv}, kHeader, 0);
  REQUIRE(again.ok());
  CHECK(again->Missing(journaled, kTwo) == std::array<bool, 2>{false, true});
  CHECK(again->Missing(again->ends(), kTwo) == std::array<bool, 2>{true, true});
  Append(&*again, {"", "2,z\n"});
  CHECK(again->Missing(journaled, kTwo) == std::array<bool, 2>{false, false});
  CHECK(Read(json) == "{\"image\":1}\n{\"image\":2}\n");
  CHECK(Read(csv) == std::string(kHeader) + "1,z\n2,z\n");
}

TEST_CASE("two lines are two lines, whatever a journal says of the file") {
  const std::string json = test::TemporaryPath("two.jsonl");
  std::ofstream(json) << "{\"image\":1}\n{\"image\":2}\n";
  const auto results = Results::Open({json, ""}, kHeader, 0);
  REQUIRE(results.ok());
  CHECK(results->Wanted() == std::array<bool, 2>{true, false});
  CHECK(results->Missing({line::FileEnd{1, 3}, {}}, kTwo) == std::array<bool, 2>{false, false});
  CHECK(Read(json) == "{\"image\":1}\n{\"image\":2}\n");
}

TEST_CASE("somebody else's file is refused") {
  const std::string json = test::TemporaryPath("foreign.jsonl");
  std::ofstream(json) << "somebody's line\n";
  CHECK(!Results::Open({json, ""}, kHeader, 0).ok());
  CHECK(!Results::Open({"", json}, kHeader, 0).ok());
  CHECK(Read(json) == "somebody's line\n");
}

TEST_CASE("a full disk is an error, and what is not written stays to be written, a folder cannot be opened") {
  auto results = Results::Open({"/dev/full", "/dev/null"}, kHeader, 0);
  REQUIRE(results.ok());
  ResultLines lines = {"{\"image\":1}\n", "1\n"};
  CHECK(!results->Append(&lines).ok());
  CHECK(lines == ResultLines{"{\"image\":1}\n", "1\n"});
  CHECK(!Results::Open({"/", ""}, "", 0).ok());
}

}  // namespace
}  // namespace vitrt::watch

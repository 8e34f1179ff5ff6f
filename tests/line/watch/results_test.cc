#include "runtime/line/watch/results.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "tests/plan/test_plan.h"

namespace vitrt::watch {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("what the journal does not know of is taken back at the next start") {
  const std::string json = test::TemporaryPath("results.jsonl"), csv = test::TemporaryPath("results.csv");
  Extents journaled;
  {
    auto results = Results::Open(json, csv, "header\n", {});
    REQUIRE_MESSAGE(results.ok(), results.status().ToString());
    REQUIRE(results->Append("{1}\n", "1\n").ok());
    journaled = results->extents();
    REQUIRE(results->Append("{2}\n", "2\n").ok());  // killed before the journal's line
  }
  auto again = Results::Open(json, csv, "header\n", journaled);
  REQUIRE(again.ok());
  CHECK(Read(json) == "{1}\n");
  CHECK(Read(csv) == "header\n1\n");
  REQUIRE(again->Append("{2}\n", "2\n").ok());
  CHECK(Read(json) == "{1}\n{2}\n");
  CHECK(Read(csv) == "header\n1\n2\n");
  again->TakeBack(journaled);
  CHECK(Read(json) == "{1}\n");
  CHECK(Read(csv) == "header\n1\n");
}

TEST_CASE("a file that the journal does not mean is left as it is") {
  const std::string json = test::TemporaryPath("foreign.jsonl");
  std::ofstream(json) << "somebody's line\n";
  const auto results = Results::Open(json, "", "header\n", {Extent{1, 3}, Extent{}});
  REQUIRE(results.ok());
  CHECK(Read(json) == "somebody's line\n");
}

TEST_CASE("a full disk is an error; a folder cannot be opened") {
  auto results = Results::Open("/dev/full", "", "", {});
  REQUIRE(results.ok());
  CHECK(!results->Append("{1}\n", "").ok());
  CHECK(!Results::Open("/", "", "", {}).ok());
}

}  // namespace
}  // namespace vitrt::watch

#include "runtime/line/monitor/history.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/plan/test_plan.h"

namespace vitrt::monitor {
namespace {

std::string Line(const std::string& image, const std::string& error = "", const std::string& plan = "cafe") {
  audit::Record r;
  r.time = "2026-01-01T00:00:00.000Z";
  r.image = image;
  r.plan = plan;
  r.error = error;
  return audit::ToLine(r);
}

TEST_CASE("reads rotated parts in the order of writing, counts refused images and torn lines") {
  const std::string path = test::TemporaryPath("history.jsonl");
  std::ofstream(path + ".2") << Line("1") << Line("2");
  std::ofstream(path + ".1") << Line("3") << Line("bad", "not an image");
  std::ofstream(path) << Line("4") << Line("5").substr(0, 20);
  const auto history = ReadHistory(path);
  REQUIRE_MESSAGE(history.ok(), history.status().ToString());
  std::string order;
  for (const audit::Record& r : history->records) order += r.image;
  CHECK(order == "1234");
  CHECK(history->refused == 1);
  CHECK(history->bad_lines == 1);
  CHECK(history->plans == std::set<std::string>{"cafe"});
}

TEST_CASE("knows where the last plan took over") {
  const std::string path = test::TemporaryPath("two_plans.jsonl");
  std::ofstream(path) << Line("1") << Line("2") << Line("bad", "not an image", "beef") << Line("3", "", "beef")
                      << Line("4", "", "beef");
  const auto history = ReadHistory(path);
  REQUIRE(history.ok());
  CHECK(history->last_plan_from == 2);
  CHECK(history->records.size() == 4);
}

TEST_CASE("a file that is no log is refused") {
  const std::string path = test::TemporaryPath("nolog.jsonl");
  std::ofstream(path) << "text\n";
  CHECK(ReadHistory(path).status().code() == StatusCode::kBadInput);
  CHECK(ReadHistory(path + ".missing").status().code() == StatusCode::kBadInput);
}

}  // namespace
}  // namespace vitrt::monitor

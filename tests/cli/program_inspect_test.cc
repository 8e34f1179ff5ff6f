#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

TEST_CASE("vitrt inspect: says what the plan is and how every step runs") {
  const Workspace w = MakeWorkspace();
  const Finished f = RunVitrt({"inspect", w("two.plan"), "--json"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const json j = json::parse(f.out);
  CHECK(j["integrity"] == "ok");
  CHECK(j["input"]["shape"] == json::array({1, 3, 8, 8}));
  CHECK(j["labels"].size() == 5);
  CHECK(j["preprocess"]["resize"]["rule"] == "Exact");
  CHECK(j["exits"].size() == 2);
  size_t steps = 0;
  for (const json& segment : j["segments"]) steps += segment["steps"].get<size_t>();
  CHECK(j["steps"].size() == steps);
  for (const json& step : j["steps"]) {
    CHECK(!step["implementation"].get<std::string>().empty());
    for (const json& refused : step["refused"]) CHECK(!refused["reason"].get<std::string>().empty());
  }
  for (const bool each : {false, true}) {
    std::vector<std::string> arguments = {"inspect", w("two.plan"), "--isa", "sse41"};
    if (each) arguments.emplace_back("--steps");
    const Finished text = RunVitrt(arguments);
    CHECK(text.code == 0);
    for (const char* part : {"early", "final", "segment", "implementation", "sse41", "integrity"})
      CHECK(text.out.find(part) != std::string::npos);
    CHECK((text.out.find("each step: --steps") == std::string::npos) == each);
  }
  CHECK(RunVitrt({"inspect", w("two.plan"), "--tables"}).out.find("storage 0") != std::string::npos);
}

TEST_CASE("vitrt version: JSON") {
  const Finished f = RunVitrt({"version", "--json"});
  REQUIRE(f.code == 0);
  const json j = json::parse(f.out);
  for (const char* key : {"vitrt", "plan_format", "isa", "cpu", "cpu_features", "onednn", "libraries"})
    CHECK(j.contains(key));
  setenv("VITRT_CPU_FEATURES", "-avx512vnni,-avxvnni,-f16c", 1);
  CHECK(json::parse(RunVitrt({"version", "--json"}).out)["cpu_features"].empty());
  setenv("VITRT_CPU_FEATURES", "avx512vnni", 1);
  const Finished wrong = RunVitrt({"version"});
  unsetenv("VITRT_CPU_FEATURES");
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("VITRT_CPU_FEATURES") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::test

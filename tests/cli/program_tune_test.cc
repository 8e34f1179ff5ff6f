#include <filesystem>
#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

json Tune(const Workspace& w, std::vector<std::string> more) {
  std::vector<std::string> arguments = {"tune", w("two.plan"), "--iterations", "9", "--threads", "1", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Finished f = RunVitrt(arguments);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  return json::parse(f.out);
}

json Predict(const Workspace& w, std::vector<std::string> more) {
  more.insert(more.begin(), {"infer", w("two.plan"), w("a.ppm"), "--json"});
  const Finished f = RunVitrt(more);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  json prediction = json::parse(f.out);
  prediction.erase("ms");
  return prediction;
}

TEST_CASE("vitrt tune: times what there is, writes a file, and the plan is run with it, with the same bits") {
  const Workspace w = MakeWorkspace();
  const json before = Predict(w, {});
  const json t = Tune(w, {});
  CHECK(t["rounds"].get<int>() == (t["candidates"].empty() ? 0 : 9));
  CHECK(!t["by_threads"].empty());
  CHECK(t["tiers"].empty());
  size_t chosen = 0;
  for (const json& c : t["candidates"]) {
    CHECK(c["implementation"] != "reference");
    if (!c["chosen"].get<bool>()) continue;
    ++chosen;
    CHECK(c["same_bits"] == true);
    CHECK(c["ratio"]["at_most"] < 1);
  }
  CHECK(t["chosen"] == chosen);
  const json file = json::parse(ReadText(w("two.plan.tune")));
  CHECK(file["steps"].size() == chosen);
  CHECK(file["threads"] == t["chosen_threads"]);
  CHECK(t["chosen_threads"] >= 1);
  CHECK(t["chosen_isa"].is_null());
  const json inspected = json::parse(RunVitrt({"inspect", w("two.plan"), "--json"}).out);
  CHECK(inspected["tune"]["steps"] == chosen);
  CHECK(inspected["tune"]["note"].is_null());
  CHECK(Predict(w, {}) == before);
}

TEST_CASE("vitrt tune --any-bits shows lower instruction sets") {
  const Workspace w = MakeWorkspace();
  const json t = Tune(w, {"--any-bits", "--isa", "avx", "-o", w("other.tune")});
  REQUIRE(t["tiers"].size() <= 1);  // none on a machine without AVX
  for (const json& tier : t["tiers"]) CHECK(tier["isa"] == "sse41");
  CHECK(!std::filesystem::exists(w("two.plan.tune")));
}

TEST_CASE("vitrt tune: what oneDNN has nothing for on an instruction set is no candidate") {
  const Workspace w = MakeWorkspace();
  for (const char* isa : {"sse41", "avx", "avx2"}) {
    const Finished f = RunVitrt({"tune", w("two.plan"), "--iterations", "3", "--isa", isa, "--json"});
    CHECK_MESSAGE(f.code == 0, f.err);
    CHECK(RunVitrt({"infer", w("two.plan"), w("a.ppm"), "--isa", isa}).err.empty());
  }
}

TEST_CASE("a tune file that does not fit is noted once, and the plan runs without it") {
  const Workspace w = MakeWorkspace();
  const json expected = Predict(w, {});
  for (const char* text : {"", "{\"vitrt_tune\":1,", "no json", "{\"vitrt_tune\":1,\"steps\":[]}"}) {
    WriteText(w("two.plan.tune"), text);
    const Finished f = RunVitrt({"infer", w("two.plan"), w("a.ppm")});
    CHECK(f.code == 0);
    CHECK(f.err.find("vitrt: note: " + w("two.plan.tune") + " is not used") != std::string::npos);
    CHECK(Predict(w, {}) == expected);
    CHECK(RunVitrt({"infer", w("two.plan"), w("a.ppm"), "--no-tune-file"}).err.empty());
  }
}

TEST_CASE("vitrt tune: a place that cannot be written is an error before anything is timed") {
  const Workspace w = MakeWorkspace();
  const Finished f = RunVitrt({"tune", w("two.plan"), "-o", w("nowhere/x.tune")});
  CHECK(f.code == 1);
  CHECK(f.one_error());
  CHECK(f.out.empty());
  CHECK(RunVitrt({"tune", w("missing.plan"), "-o", w("x.tune")}).code == 3);
  CHECK(!std::filesystem::exists(w("x.tune")));
}

}  // namespace
}  // namespace vitrt::test

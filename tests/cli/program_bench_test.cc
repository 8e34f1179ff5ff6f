#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "runtime/digest/sha256.h"
#include "tests/cli/program.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

json Bench(const Workspace& w, std::vector<std::string> more) {
  std::vector<std::string> arguments = {"bench", w("two.plan"), "--warmup", "0", "--duration", "0.05", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Finished f = RunVitrt(arguments);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  return json::parse(f.out);
}

TEST_CASE("vitrt bench: every key of the contract, numbers that agree") {
  const Workspace w = MakeWorkspace();
  const json b = Bench(w, {"--segments", "--ops", "--threads", "1", "--isa", "sse41"});
  for (const char* key : {"identity", "n", "latency_ms", "load_ms", "first_answer_ms", "peak_rss_mb", "plan_mb",
                          "exits", "segments", "ops"}) {
    CHECK(b.contains(key));
  }
  for (const char* key : {"cpu", "isa", "cpu_features", "threads", "precision", "version", "plan_sha256"})
    CHECK(b["identity"].contains(key));
  CHECK(b["identity"]["isa"] == "sse41");
  CHECK(b["identity"]["threads"] == 1);
  const std::string plan = ReadText(w("two.plan"));
  CHECK(b["identity"]["plan_sha256"] == Sha256(std::as_bytes(std::span(plan))));
  CHECK(b["plan_mb"].get<double>() == doctest::Approx(static_cast<double>(plan.size()) / 1e6).epsilon(0.1));
  const json& l = b["latency_ms"];
  for (const char* key : {"min", "p50", "p90", "p95", "p99", "max", "mean", "stddev", "cv"}) CHECK(l.contains(key));
  CHECK(l["min"] <= l["p50"]);
  CHECK(l["p50"] <= l["p99"]);
  CHECK(l["p99"] <= l["max"]);
  CHECK(b["first_answer_ms"] >= b["load_ms"]);
  CHECK(b["exits"].size() == 2);
  CHECK(b["exits"][1]["count"] == b["n"]);  // the threshold of the plan is never reached
  CHECK(b["exits"][0]["count"] == 0);
  CHECK(b["segments"].size() == 2);
  CHECK(!b["ops"].empty());
}

TEST_CASE("vitrt bench: a forced exit, a batch, images") {
  const Workspace w = MakeWorkspace();
  const json early = Bench(w, {"--exit", "early", "--segments"});
  CHECK(early["exits"][0]["count"] == early["n"]);
  CHECK(early["segments"][1]["count"] == 0);
  const json batch = Bench(w, {"--batch", "4"});
  CHECK(batch["exits"][1]["count"] == 4 * batch["n"].get<int>());
  for (const char* size : {"1", "3"}) {
    const json images = Bench(w, {"--images", w("a.ppm"), w("b.pgm"), "--batch", size});
    CHECK(images["input"] == "2 images");
    CHECK((images["stages_mean_ms"]["decode"].get<double>() > 0) == (std::string(size) == "1"));
  }
  const Finished bad = RunVitrt({"bench", w("two.plan"), "--images", w("missing.ppm")});
  CHECK(bad.code == 4);
  CHECK(bad.one_error());
}

TEST_CASE("vitrt bench: few samples are said to be few") {
  const Workspace w = MakeWorkspace();
  const Finished f = RunVitrt({"bench", w("two.plan"), "--warmup", "0", "--duration", "0"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  CHECK(f.out.find("p99: n too small (1 of 299)") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::test

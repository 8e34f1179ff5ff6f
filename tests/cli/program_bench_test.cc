#include <algorithm>
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

TEST_CASE("vitrt bench --iterations: so many runs, also of several sessions and batch sizes") {
  const Workspace w = MakeWorkspace();
  const json one = Bench(w, {"--iterations", "7"});
  CHECK(one["n"] == 7);
  CHECK(one["sessions"] == 1);
  CHECK(one["batches"].empty());
  CHECK(one["images_per_s"].get<double>() > 0);
  const json several = Bench(w, {"--iterations", "7", "--sessions", "3"});
  CHECK(several["n"] == 21);
  CHECK(several["sessions"] == 3);
  const json sweep = Bench(w, {"--iterations", "5", "--batch", "2,1,4"});
  CHECK(sweep["batch"] == 2);
  CHECK(sweep["exits"][1]["count"] == 10);
  REQUIRE(sweep["batches"].size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(sweep["batches"][i]["batch"] == std::vector<int>{2, 1, 4}[i]);
    CHECK(sweep["batches"][i]["n"] == 5);
  }
}

TEST_CASE("vitrt bench --raw: a line for every run") {
  const Workspace w = MakeWorkspace();
  Bench(w, {"--iterations", "3", "--sessions", "2", "--batch", "1,2", "--raw", w("raw.csv")});
  const std::string raw = ReadText(w("raw.csv"));
  CHECK(raw.starts_with("plan,batch,session,run,ms\n"));
  CHECK(std::count(raw.begin(), raw.end(), '\n') == 1 + 3 * 2 * 2);
  CHECK(raw.find(w("two.plan") + ",2,1,2,") != std::string::npos);
}

TEST_CASE("vitrt bench --trace: segments and steps of every traced run, within each other") {
  const Workspace w = MakeWorkspace();
  const json b = Bench(w, {"--iterations", "1", "--trace", w("trace.json")});
  const json trace = json::parse(ReadText(w("trace.json")));
  CHECK(trace["otherData"]["plan_sha256"] == b["identity"]["plan_sha256"]);
  int segments = 0;
  double begin = 0, end = -1;
  const json& events = trace["traceEvents"];
  for (auto event = events.rbegin(); event != events.rend(); ++event) {  // a segment stands after its steps
    if ((*event)["ph"] != "X") continue;
    const double ts = (*event)["ts"], dur = (*event)["dur"];
    CHECK(ts >= 0);
    if ((*event)["cat"] == "segment") {
      ++segments;
      begin = ts, end = ts + dur;
    } else {
      CHECK(ts >= begin - 1e-3);
      CHECK(ts + dur <= end + 1e-3);
      CHECK((*event)["args"].contains("implementation"));
    }
  }
  CHECK(segments == 2 * 20);
}

TEST_CASE("vitrt bench A B: rounds of both, and the ratio with its interval") {
  const Workspace w = MakeWorkspace();
  const json b = Bench(w, {w("two.plan"), "--iterations", "50", "--raw", w("raw.csv")});
  REQUIRE(b["plans"].size() == 2);
  CHECK(b["rounds"] == 50);
  const json& ratio = b["ratio"];
  CHECK(ratio["at_least"] <= ratio["median"]);
  CHECK(ratio["median"] <= ratio["at_most"]);
  CHECK(b["plans"][0]["identity"]["plan_sha256"] == b["plans"][1]["identity"]["plan_sha256"]);
  const std::string raw = ReadText(w("raw.csv"));
  CHECK(std::count(raw.begin(), raw.end(), '\n') == 1 + 2 * 50);
  CHECK(Bench(w, {w("two.plan"), "--iterations", "3"})["ratio"]["at_least"].is_null());
}

TEST_CASE("vitrt bench: what does not go together is refused") {
  const Workspace w = MakeWorkspace();
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{{w("two.plan"), "--sessions", "2"},
                                                                                    {w("two.plan"), "--batch", "1,2"},
                                                                                    {w("two.plan"), "--ops"},
                                                                                    {w("two.plan"), "--trace", "t"},
                                                                                    {"--sessions", "2", "--pin"},
                                                                                    {"--batch", "0"},
                                                                                    {"--iterations", "0"}}) {
    std::vector<std::string> arguments = {"bench", w("two.plan")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished f = RunVitrt(arguments);
    CAPTURE(f.err);
    CHECK(f.code == 2);
    CHECK(f.one_error());
  }
}

TEST_CASE("vitrt bench: too few samples are reported") {
  const Workspace w = MakeWorkspace();
  const Finished f = RunVitrt({"bench", w("two.plan"), "--warmup", "0", "--duration", "0"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  CHECK(f.out.find("p99: n too small (1 of 299)") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::test

// Issue: logits that are not finite were printed and logged as the class "none", which is the good class of some plans,
// and `scan` counted such tiles as good. No decision is no class, whatever the labels are.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "doctest/doctest.h"
#include "tests/cli/program.h"
#include "tests/plan/test_plan.h"

namespace vitrt::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kClasses = 5;

// Its logits are the logarithms of the five pixels of the image: a black one is minus infinity.
TestPlan LogPlan() {
  TestPlan p;
  p.tables.max_batch = 4;
  p.tables.labels = {"none", "-", "null", "", "none"};
  p.TakeImages(1, kClasses, 0, 1);
  const int image = p.Activation({1, 1, kClasses, 3}, plan::DType::F32, "image");
  p.tables.input = static_cast<uint32_t>(image);
  plan::SliceT first;
  first.starts = {0, 0, 0, 0};
  first.steps = {1, 1, 1, 1};
  const int grey = p.Step(first, {image}, p.Activation({1, 1, kClasses, 1}), "grey", 1);
  plan::UnaryT log;
  log.act = std::make_unique<plan::Activation>(plan::UnaryFn::Log, 0.0f, 0.0f);
  const int logits = p.Step(log, {p.View(grey, {1, kClasses})}, p.Activation({1, kClasses}), "log", 1);
  p.EndSegment("only", logits, 2.0f, {});
  return p;
}

struct Site {
  std::string folder = TemporaryPath("no_decision");
  std::string operator()(const std::string& name) const { return folder + "/" + name; }
  std::string plan = (*this)("log.plan"), bad = (*this)("in/bad.pgm"), good = (*this)("in/good.pgm");

  Site() {
    fs::remove_all(folder);
    fs::create_directories((*this)("in"));
    LogPlan().Write(plan);
    WriteText(bad, Row({0, 0, 0, 0, 0}));
    WriteText(good, Row({200, 1, 1, 1, 1}));
  }
  static std::string Row(const std::vector<int>& pixels) {
    std::string text = "P5 5 1 255\n";
    for (const int p : pixels) text += static_cast<char>(p);
    return text;
  }
};

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("infer: text, JSON, CSV, log and metrics say that there is no class") {
  const Site w;
  const Finished f = RunVitrt({"infer", w.plan, w.bad, w.good, "--json", "--log", w("log"), "--metrics", w("prom")});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const json bad = json::parse(Lines(f.out)[0]), good = json::parse(Lines(f.out)[1]);
  CHECK(bad["label"].is_null());
  CHECK(bad["class"] == -1);
  CHECK(bad["top"].empty());
  CHECK(bad["flags"] == json::array({"non_finite", "no_decision"}));
  CHECK(good["label"] == "none");
  CHECK(good["class"] == 0);
  const json logged = json::parse(Lines(ReadText(w("log")))[0]);
  CHECK(logged["label"].is_null());
  CHECK(logged["class"] == -1);
  CHECK(logged["confidence"].is_null());
  const std::string metrics = ReadText(w("prom"));
  CHECK(metrics.find("\nvitrt_images_no_decision_total 1\n") != std::string::npos);
  CHECK(metrics.find("\nvitrt_images_total{exit=\"only\",label=\"none\"} 1\n") != std::string::npos);
  CHECK(metrics.find("vitrt_confidence_count{exit=\"only\"} 1\n") != std::string::npos);
  CHECK(Lines(RunVitrt({"infer", w.plan, w.bad, "--csv"}).out)[1].find("bad.pgm,,-1,,,0,only,") != std::string::npos);
  CHECK(RunVitrt({"infer", w.plan, w.bad}).out.find("no_decision") != std::string::npos);
}

TEST_CASE("watch and monitor: counted apart") {
  const Site w;
  REQUIRE(RunVitrt({"watch", w.plan, w("in"), "--once", "--settle", "0.1", "--journal", w("journal"), "--json-out",
                    w("out.jsonl"), "--csv-out", w("out.csv"), "--log", w("log")})
              .code == 0);
  for (const std::string& line : Lines(ReadText(w("out.jsonl")))) {
    const json record = json::parse(line);
    CHECK(record["label"].is_null() == (record["image"] == w.bad));
  }
  const Finished f = RunVitrt({"monitor", w("log"), "--json", "-o", w("page.html")});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  CHECK(json::parse(f.out)["no_decision"] == 1);
  CHECK(ReadText(w("page.html")).find("without a decision") != std::string::npos);
}

TEST_CASE("scan: tiles without a decision are not good ones") {
  const Site w;
  WriteText(w("large.pgm"),
            "P5 10 1 255\n" + Site::Row({0, 0, 0, 0, 0}).substr(11) + Site::Row({200, 1, 1, 1, 1}).substr(11));
  const Finished f = RunVitrt(
      {"scan", w.plan, w("large.pgm"), "--good", "none", "--tile", "5", "--stride", "5", "--json", "-o", w("map.png")});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const json scan = json::parse(f.out);
  CHECK(scan["no_decision"] == 1);
  REQUIRE(scan["tiles"].size() == 2);
  CHECK(scan["tiles"][0]["label"].is_null());
  CHECK(scan["tiles"][0]["class"] == -1);
  CHECK(scan["tiles"][0]["score"].is_null());
  CHECK(scan["tiles"][1]["label"] == "none");
  const Finished text = RunVitrt({"scan", w.plan, w("large.pgm"), "--good", "none", "--tile", "5", "--stride", "5"});
  CHECK(text.out.find("no decision on 1 tiles") != std::string::npos);
}

TEST_CASE("eval: no decision is never right, and is counted") {
  const Site w;
  fs::create_directories(w("data/none"));
  fs::copy_file(w.bad, w("data/none/bad.pgm"));
  fs::copy_file(w.good, w("data/none/good.pgm"));
  const Finished f = RunVitrt({"eval", w.plan, w("data"), "--json", "--csv-out", w("eval.csv")});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  const json eval = json::parse(f.out);
  CHECK(eval["no_decision"] == 1);
  CHECK(eval["accuracy"] == 0.5);
  CHECK(Lines(ReadText(w("eval.csv")))[1].find("/bad.pgm,none,,only,") != std::string::npos);
  CHECK(RunVitrt({"eval", w.plan, w("data")}).out.find("1 images without a decision") != std::string::npos);
}

}  // namespace
}  // namespace vitrt::test

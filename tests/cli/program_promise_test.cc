// vitrt calibrate on images without labels, on a log, against a reference, with classes that never leave early; and
// what watches a promise afterwards.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "doctest/doctest.h"
#include "tests/cli/labelled_set.h"

namespace vitrt::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Finished Run(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--json", "--threads", "1"});
  return RunVitrt(arguments);
}

json Json(const std::vector<std::string>& arguments) {
  const Finished f = Run(arguments);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  return json::parse(f.out);
}

// A labelled set, and its images once more as flat/<label>_<group>.pgm.
Workspace MakeFlat() {
  Workspace w = MakeLabelledSet();
  fs::create_directories(w("flat"));
  for (int label = 0; label < 4; ++label) {
    for (int group = 0; group < 10; ++group)
      WriteLogitImage(w("flat/" + std::to_string(label) + "_" + std::to_string(group) + ".pgm"),
                      LogitsOf(group, label));
  }
  return w;
}

std::vector<json> Predictions(const Workspace& w, const std::string& plan, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"infer", w(plan), w("flat")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Finished f = Run(arguments);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  std::istringstream lines(f.out);
  std::vector<json> predictions;
  for (std::string line; std::getline(lines, line);) predictions.push_back(json::parse(line));
  return predictions;
}

TEST_CASE("vitrt calibrate: a flat folder needs no labels and gives the thresholds of the labelled one") {
  const Workspace w = MakeFlat();
  const json labelled = Json({"calibrate", w("pixel.plan"), w("data"), "-o", w("a.plan"), "--max-disagreement", "0.3"});
  const json flat = Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("b.plan"), "--max-disagreement", "0.3"});
  CHECK(flat["labelled"] == false);
  CHECK(flat["images"] == kSetImages);
  CHECK(flat["chosen"]["accuracy"] == nullptr);
  CHECK(flat["chosen"]["thresholds"] == labelled["chosen"]["thresholds"]);
  CHECK(flat["errors"] == labelled["errors"]);
  CHECK(labelled["chosen"]["accuracy"].is_number());
  const Finished drop = Run({"calibrate", w("pixel.plan"), w("flat"), "-o", w("c.plan"), "--max-accuracy-drop", "0.3"});
  CHECK(drop.code == 2);
  CHECK(drop.err.find("needs labelled images") != std::string::npos);
}

TEST_CASE("vitrt calibrate: copies of an image count once, and nothing is promised from one image") {
  const Workspace w = MakeFlat();
  fs::copy_file(w("flat/0_0.pgm"), w("flat/copy.pgm"));
  const json c = Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("a.plan"), "--max-disagreement", "0.3"});
  CHECK(c["images"] == kSetImages);
  CHECK(c["copies"] == 1);
  fs::create_directories(w("same"));
  for (int i = 0; i < 20; ++i) fs::copy_file(w("flat/0_0.pgm"), w("same/" + std::to_string(i) + ".pgm"));
  const Finished f = Run({"calibrate", w("pixel.plan"), w("same"), "-o", w("b.plan"), "--max-disagreement", "0.3"});
  CHECK(f.code == 4);
  CHECK(f.one_error());
  CHECK(f.err.find("all 20 images are the same") != std::string::npos);
  CHECK(!fs::exists(w("b.plan")));
}

TEST_CASE("vitrt calibrate --log: shadow lines give what the images give, with any thresholds in force") {
  const Workspace w = MakeFlat();
  const json direct = Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("a.plan"), "--max-disagreement", "0.3"});
  Predictions(w, "pixel.plan", {"--shadow", "1", "--log", w("run.jsonl")});
  // The same images again, by the calibrated plan.
  Predictions(w, "a.plan", {"--shadow", "1", "--log", w("run.jsonl")});
  std::ofstream(w("run.jsonl"), std::ios::app) << R"({"time": "2026-01-01T00)";
  const json c =
      Json({"calibrate", w("pixel.plan"), "--log", w("run.jsonl"), "-o", w("b.plan"), "--max-disagreement", "0.3"});
  CHECK(c["images"] == kSetImages);
  CHECK(c["copies"] == kSetImages);
  CHECK(c["log"]["bad_lines"] == 1);
  CHECK(c["chosen"]["thresholds"] == direct["chosen"]["thresholds"]);
  CHECK(c["chosen"]["exit_count"] == direct["chosen"]["exit_count"]);
  CHECK(c["errors"] == direct["errors"]);
  CHECK(c["exit_ms"] == nullptr);
  CHECK(Json({"inspect", w("b.plan")})["exits"][0]["threshold"] == direct["chosen"]["thresholds"][0]);
}

TEST_CASE("vitrt calibrate --log: the certificate names the tier that the log was written with") {
  const Workspace w = MakeFlat();
  Predictions(w, "pixel.plan", {"--shadow", "1", "--isa", "sse41", "--log", w("run.jsonl")});
  const std::vector<std::string> calibrate = {"calibrate", w("pixel.plan"),      "--log", w("run.jsonl"), "-o",
                                              w("b.plan"), "--max-disagreement", "0.3"};
  const json c = Json(calibrate);
  CHECK(c["isa"] == "sse41");
  CHECK(c["machine"].get<std::string>().starts_with("sse41, features"));
  CHECK(Run({"infer", w("b.plan"), w("flat/0_0.pgm"), "--isa", "sse41"}).err.empty());
  // Lines of two tiers are no evidence for either.
  Predictions(w, "pixel.plan", {"--shadow", "1", "--log", w("run.jsonl")});
  if (Json({"version"})["isa"] == "sse41") return;
  const Finished f = Run(calibrate);
  CHECK(f.code == 4);
  CHECK(f.err.find("different arithmetic: sse41") != std::string::npos);
}

TEST_CASE("vitrt calibrate --log: a log that cannot serve is refused with the reason") {
  const Workspace w = MakeFlat();
  Predictions(w, "pixel.plan", {"--log", w("no_shadow.jsonl")});
  Predictions(w, "pixel.plan", {"--shadow", "1", "--log", w("margin.jsonl"), "--exit-policy", "margin"});
  Predictions(w, "pixel.plan", {"--shadow", "1", "--log", w("run.jsonl")});
  TestPlan other = PixelPlan();
  other.tables.labels = {"free", "crack", "hole", "scratch"};
  other.Write(w("other.plan"));
  WriteText(w("text.jsonl"), "no log\n");
  std::string old = ReadText(w("run.jsonl"));  // 0.1.0 wrote no model and no exits
  for (size_t at; (at = old.find("\"model\"")) != std::string::npos;) old.replace(at, 7, "\"m0del\"");
  WriteText(w("old.jsonl"), old);
  const struct {
    const char *plan, *log, *more, *expected;
    int code;
  } cases[] = {
      {"pixel.plan", "no_shadow.jsonl", "", "none of the 40 lines was also run to the last exit", 4},
      {"pixel.plan", "margin.jsonl", "", "another policy", 4},
      {"pixel.plan", "margin.jsonl", "margin", "", 0},
      {"other.plan", "run.jsonl", "", "another model", 4},
      {"pixel.plan", "old.jsonl", "", "older vitrt", 4},
      {"pixel.plan", "text.jsonl", "", "none of the 0 lines", 4},
      {"pixel.plan", "missing.jsonl", "", "cannot read", 4},
  };
  for (const auto& c : cases) {
    CAPTURE(std::string(c.plan) + " " + c.log);
    std::vector<std::string> arguments = {"calibrate",          w(c.plan), "--log", w(c.log), "-o", w("out.plan"),
                                          "--max-disagreement", "0.3"};
    if (*c.more) arguments.insert(arguments.end(), {"--exit-policy", c.more});
    const Finished f = Run(arguments);
    CAPTURE(f.err);
    CHECK(f.code == c.code);
    CHECK((c.code == 0 || f.one_error()));
    CHECK(f.err.find(c.expected) != std::string::npos);
  }
  const Finished both = Run({"calibrate", w("pixel.plan"), w("flat"), "--log", w("run.jsonl"), "-o", w("out.plan"),
                             "--max-disagreement", "0.3"});
  CHECK(both.code == 2);
  CHECK(both.err.find("one of them") != std::string::npos);
}

TEST_CASE("vitrt calibrate --reference: the whole change is bounded, the last exit's part too") {
  const Workspace w = MakeFlat();
  PixelPlan(true).Write(w("reference.plan"));  // one exit, the same predictions as the last of the three
  const json same = Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("a.plan"), "--max-disagreement", "0.3",
                          "--reference", w("reference.plan")});
  const json own = Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("b.plan"), "--max-disagreement", "0.3"});
  CHECK(same["chosen"]["thresholds"] == own["chosen"]["thresholds"]);
  CHECK(same["reference"]["exit"] == "final");
  CHECK(same["reference"]["plan_sha256"].get<std::string>().size() == 64);
  CHECK(!same.contains("promised_disagreement"));  // the shadow sample knows nothing of that plan
  CHECK(own["promised_disagreement"] == 0.3);

  TestPlan classes = PixelPlan(true), recipe = PixelPlan(true);
  classes.tables.labels = {"free", "crack", "stain", "hole"};
  classes.Write(w("classes.plan"));
  recipe.tables.preprocess->mean = {0.5f, 0.5f, 0.5f};
  recipe.Write(w("recipe.plan"));
  for (const auto& [plan, expected] : {std::pair{"classes.plan", "other classes"}, {"recipe.plan", "preprocesses"}}) {
    const Finished f = Run({"calibrate", w("pixel.plan"), w("flat"), "-o", w("c.plan"), "--max-disagreement", "0.3",
                            "--reference", w(plan)});
    CAPTURE(f.err);
    CHECK(f.code == 2);
    CHECK(f.one_error());
    CHECK(f.err.find(expected) != std::string::npos);
    CHECK(!fs::exists(w("c.plan")));
  }
}

TEST_CASE("vitrt calibrate --never-early: what would leave as that class goes to the last exit, in every run") {
  const Workspace w = MakeFlat();
  Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("a.plan"), "--max-disagreement", "0.3"});
  const json c = Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("b.plan"), "--max-disagreement", "0.3",
                       "--never-early", "crack,hole"});
  const json i = Json({"inspect", w("b.plan")});
  CHECK(i["never_early"] == json({"crack", "hole"}));
  const std::string thresholds =
      "early=" + i["exits"][0]["threshold"].dump() + ",middle=" + i["exits"][1]["threshold"].dump();
  const auto free = Predictions(w, "pixel.plan", {"--threshold", thresholds}), kept = Predictions(w, "b.plan");
  REQUIRE(free.size() == kept.size());
  int held = 0;
  std::vector<int> count(kPixelPlanExits);
  for (size_t k = 0; k < free.size(); ++k) {
    const bool barred = free[k]["label"] == "crack" || free[k]["label"] == "hole";
    ++count[kept[k]["exit"]["index"].get<size_t>()];
    if (barred && free[k]["exit"]["name"] != "final") {
      ++held;
      CHECK(kept[k]["exit"]["name"] == "final");
    } else {
      CHECK(kept[k]["exit"] == free[k]["exit"]);
    }
  }
  CHECK(held > 0);
  CHECK(c["chosen"]["exit_count"] == json(count));  // as the calibration reported
  // It stays when the plan is calibrated again, until 'none' removes it.
  Json({"calibrate", w("b.plan"), w("flat"), "-o", w("b.plan"), "--max-disagreement", "0.25"});
  CHECK(Json({"inspect", w("b.plan")})["never_early"].size() == 2);
  Json({"calibrate", w("b.plan"), w("flat"), "-o", w("b.plan"), "--max-disagreement", "0.3", "--never-early", "none"});
  CHECK(Json({"inspect", w("b.plan")})["never_early"].empty());
  const Finished f = Run({"calibrate", w("pixel.plan"), w("flat"), "-o", w("c.plan"), "--max-disagreement", "0.3",
                          "--never-early", "dust"});
  CHECK(f.code == 2);
  CHECK(f.err.find("no class 'dust'") != std::string::npos);
}

TEST_CASE("vitrt calibrate --exit-policy geometric-mean: the written plan takes the exits of the calibration") {
  const Workspace w = MakeFlat();
  const json c = Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("a.plan"), "--max-disagreement", "0.3",
                       "--exit-policy", "geometric-mean"});
  CHECK(c["policy"] == "geometric-mean");
  std::vector<int> count(kPixelPlanExits);
  for (const json& prediction : Predictions(w, "a.plan")) ++count[prediction["exit"]["index"].get<size_t>()];
  CHECK(c["chosen"]["exit_count"] == json(count));
}

TEST_CASE("a plan that was certified elsewhere says so where it runs") {
  const Workspace w = MakeFlat();
  const json c =
      Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("a.plan"), "--max-disagreement", "0.3", "--isa", "sse41"});
  CHECK(c["machine"].get<std::string>().starts_with("sse41, features"));
  const Finished here = Run({"infer", w("a.plan"), w("flat/0_0.pgm"), "--isa", "sse41"});
  CHECK(here.err.empty());
  const Finished there = Run({"infer", w("a.plan"), w("flat/0_0.pgm"), "--isa", "avx"});
  CHECK(there.code == 0);
  CHECK_MESSAGE(there.err.find("were certified on sse41") != std::string::npos, there.err);
}

TEST_CASE("vitrt monitor: the promise of the plan is watched in log and metrics, and its alarm ends with 10") {
  const Workspace w = MakeFlat();
  Json({"calibrate", w("pixel.plan"), w("flat"), "-o", w("a.plan"), "--max-disagreement", "0.3"});
  Predictions(w, "a.plan", {"--shadow", "1", "--log", w("run.jsonl"), "--metrics", w("run.prom")});
  const json m = Json({"monitor", w("run.jsonl"), "-o", w("page.html")});
  CHECK(m["promise"]["promised"] == 0.3);
  CHECK(m["promise"]["samples"] == kSetImages);
  CHECK(m["promise"]["disagreed"] == 4);
  CHECK(m["promise"]["alarm"] == false);
  CHECK(ReadText(w("page.html")).find("The promise of 30 % holds so far: 4 of 40") != std::string::npos);
  CHECK(ReadText(w("run.prom")).find("vitrt_promised_disagreement 0.3\n") != std::string::npos);

  const Finished tight = Run({"monitor", w("run.jsonl"), "--promised", "0.001"});
  CHECK(tight.code == 10);
  const json alarm = json::parse(tight.out)["promise"];
  CHECK(alarm["alarm"] == true);
  CHECK(alarm["alarm_at_sample"].get<int>() <= kSetImages);

  // Thresholds set by hand void the promise.
  Predictions(w, "a.plan", {"--shadow", "1", "--log", w("hand.jsonl"), "--threshold", "0.5"});
  CHECK(!Json({"monitor", w("hand.jsonl")}).contains("promise"));
}

}  // namespace
}  // namespace vitrt::test

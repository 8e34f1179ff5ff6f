#include <filesystem>
#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "tests/cli/labelled_set.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

json Json(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--json", "--threads", "1"});
  const Finished f = RunVitrt(arguments);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  return json::parse(f.out);
}

json Calibrate(const Workspace& w, std::vector<std::string> more) {
  std::vector<std::string> arguments = {"calibrate", w("pixel.plan"), w("data"), "-o", w("out.plan")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Json(arguments);
}

TEST_CASE("vitrt calibrate: the written plan takes the exits of the report, and holds the evidence") {
  const Workspace w = MakeLabelledSet();
  const json c = Calibrate(w, {"--max-disagreement", "0", "--empirical", "--plot", w("c.svg")});
  // Without a disagreement early takes groups 0-4, middle groups 5-6, which it predicts right with high confidence.
  CHECK(c["chosen"]["exit_count"] == json({20, 8, 12}));
  CHECK(c["chosen"]["disagreements"] == 0);
  CHECK(c["errors"] == 0);
  CHECK(c["upper_bound"].get<double>() > 0.05);  // 40 images promise little

  const json i = Json({"inspect", w("out.plan")});
  const json& kept = i["calibration"];
  CHECK(kept["method"] == "max-disagreement");
  CHECK(kept["images"] == kSetImages);
  CHECK(kept["data_sha256"] == c["data_sha256"]);
  CHECK(kept["evidence"] == c);
  CHECK(!kept["evidence"].contains("answers"));  // kept for vitrt monitor, too many to show
  CHECK(kept["evidence"]["curve"].size() >= 2);
  CHECK(kept["evidence"]["curve"][0]["name"] == "last exit only");
  for (int k = 0; k + 1 < kPixelPlanExits; ++k) CHECK(i["exits"][k]["threshold"] == c["chosen"]["thresholds"][k]);

  const json e = Json({"eval", w("out.plan"), w("data")});
  CHECK(e["disagreement_with_last"] == 0);
  for (int k = 0; k < kPixelPlanExits; ++k) CHECK(e["exits"][k]["answered"] == c["chosen"]["exit_count"][k]);
  CHECK(e["accuracy"] == c["chosen"]["accuracy"]);

  const std::string svg = ReadText(w("c.svg"));
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.find("Accuracy against latency, 40 images") != std::string::npos);
}

TEST_CASE("vitrt calibrate: --max-accuracy-drop counts only right predictions lost") {
  const Workspace w = MakeLabelledSet();
  // The last exit is wrong on group 9, so leaving early there costs nothing; group 7 is right early, wrong at middle.
  const json c = Calibrate(w, {"--max-accuracy-drop", "0", "--empirical"});
  CHECK(c["method"] == "max-accuracy-drop");
  CHECK(c["chosen"]["losses"] == 0);
  CHECK(c["chosen"]["accuracy"].get<double>() >= 0.9);
  const json more = Calibrate(w, {"--max-accuracy-drop", "0.1", "--empirical"});
  CHECK(more["chosen"]["losses"].get<int>() <= 4);
  CHECK(more["chosen"]["exit_count"][2].get<int>() <= c["chosen"]["exit_count"][2].get<int>());
}

TEST_CASE("vitrt calibrate: a promise needs enough images, and says how many") {
  const Workspace w = MakeLabelledSet();
  const Finished f =
      RunVitrt({"calibrate", w("pixel.plan"), w("data"), "-o", w("out.plan"), "--max-disagreement", "0.001"});
  CHECK(f.code == 2);
  CHECK(f.one_error());
  CHECK_MESSAGE(f.err.find("40 images can promise at best 7.22 %") != std::string::npos, f.err);
  CHECK(f.err.find("give at least 2995 images") != std::string::npos);
  CHECK(!std::filesystem::exists(w("out.plan")));
}

TEST_CASE("vitrt calibrate: every image tests along the common path, and the evidence says what was tested") {
  const Workspace w = MakeLabelledSet();
  const json c = Calibrate(w, {"--max-disagreement", "0.3"});
  CHECK(c["path"] == "one common threshold");
  CHECK(c["chosen_on"] == 0);
  CHECK(c["certified_on"] == kSetImages);
  CHECK(c["confidence"] == 0.95);
  CHECK(c["upper_bound"].get<double>() <= 0.3);
  CHECK(c["p_value"].get<double>() <= 0.05);
  // Eight errors are too many for 40 images (P = 0.111); group 8 costs four, and groups 9, 7, 5 and 6 follow.
  CHECK(c["errors"] == 4);
  CHECK(c["promises"][0]["events"] == 4);
  CHECK(c["ended_by"]["exit"].is_string());
  const json fitted = Calibrate(w, {"--max-disagreement", "0.3", "--path", "fitted", "--seed", "3"});
  CHECK(fitted["path"] == "fitted");
  CHECK(fitted["seed"] == 3);
  CHECK(fitted["chosen_on"] == 8);
  CHECK(fitted["certified_on"] == 32);
  CHECK(fitted["upper_bound"].get<double>() <= 0.3);
}

TEST_CASE("vitrt calibrate --max-false: predictions of one class are bounded beside all, or alone") {
  const Workspace w = MakeLabelledSet();
  const json wide = Calibrate(w, {"--max-disagreement", "0.3"});
  const json both = Calibrate(w, {"--max-disagreement", "0.3", "--max-false", "crack=0.08"});
  REQUIRE(both["promises"].size() == 2);
  CHECK(both["promises"][1]["class"] == "crack");
  CHECK(both["promises"][1]["events"] == 0);  // one in 40 would be 11.3 %
  CHECK(both["chosen"]["mean_ms"].is_number());
  CHECK(both["setting"].get<int>() < wide["setting"].get<int>());
  const json alone = Calibrate(w, {"--max-false", "crack=0.08"});
  CHECK(alone["method"] == "max-false");
  CHECK(alone["setting"] == both["setting"]);
}

TEST_CASE("vitrt calibrate --quota and --official-sweep: the shares asked for leave, ties together") {
  const Workspace w = MakeLabelledSet();
  const json quota = Calibrate(w, {"--quota", "0.25,0.5,0.25"});
  CHECK(quota["method"] == "quota");
  // Ten images are asked for: groups 4 to 2 in falling order, four of a kind, so twelve leave.
  CHECK(quota["chosen"]["exit_count"][0] == 12);
  const json sweep = Calibrate(w, {"--official-sweep", "--point", "7"});
  CHECK(sweep["method"] == "official-sweep");
  CHECK(sweep["point"] == 7);
  REQUIRE(sweep["curve"].size() == 1 + 33);
  CHECK(sweep["chosen"]["thresholds"] == sweep["curve"][1 + 7]["thresholds"]);
  for (const json& row : sweep["curve"]) CHECK(row["thresholds"].size() == kPixelPlanExits);
}

TEST_CASE("vitrt calibrate: the data hash is of the labelled images and nothing else") {
  const Workspace w = MakeLabelledSet();
  const auto hash = [&] { return Calibrate(w, {"--quota", "0.5,0.5,0"})["data_sha256"].get<std::string>(); };
  const std::string before = hash();
  CHECK(before.size() == 64);
  std::filesystem::rename(w("data"), w("elsewhere"));
  std::filesystem::rename(w("elsewhere"), w("data"));
  CHECK(hash() == before);
  std::filesystem::rename(w("data/free/0.pgm"), w("data/crack/00.pgm"));
  CHECK(hash() != before);
  std::filesystem::rename(w("data/crack/00.pgm"), w("data/free/0.pgm"));
  WriteLogitImage(w("data/free/0.pgm"), LogitsOf(1, 0));
  CHECK(hash() != before);
}

TEST_CASE("vitrt calibrate: a plan can be calibrated in place, again, and predicts as before") {
  const Workspace w = MakeLabelledSet();
  const std::string image = w("data/free/7.pgm");
  const json before = Json({"infer", w("pixel.plan"), image, "--exit", "last"});
  for (const char* quota : {"0.25,0.5,0.25", "0.5,0.5,0"}) {
    Json({"calibrate", w("pixel.plan"), w("data"), "-o", w("pixel.plan"), "--quota", quota});
  }
  const json after = Json({"infer", w("pixel.plan"), image, "--exit", "last"});
  for (const char* key : {"label", "confidence", "top"}) CHECK(after[key] == before[key]);
  CHECK(Json({"inspect", w("pixel.plan")})["calibration"]["evidence"]["quota"] == json({0.5, 0.5, 0}));
}

TEST_CASE("vitrt calibrate: images that fit no class and broken files are counted, and refused with --strict") {
  const Workspace w = MakeLabelledSet();
  std::filesystem::create_directories(w("data/scratch"));
  WriteLogitImage(w("data/scratch/0.pgm"), LogitsOf(0, 0));
  WriteText(w("data/crack/broken.pgm"), "P5 4 3 255\n123");
  std::filesystem::remove_all(w("data/hole"));
  std::vector<std::string> arguments = {"calibrate",   w("pixel.plan"), w("data"),      "-o",
                                        w("out.plan"), "--quota",       "0.5,0.25,0.25"};
  const Finished f = RunVitrt(arguments);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  for (const char* part :
       {"folder 'scratch' is none of the plan's classes", "left out: ", "broken.pgm", "class 'hole' has no images"})
    CHECK_MESSAGE(f.err.find(part) != std::string::npos, part << " in " << f.err);
  CHECK(f.out.find("30 images, policy max-prob, 2 files left out") != std::string::npos);
  const json evidence = Json({"inspect", w("out.plan")})["calibration"]["evidence"];
  CHECK(evidence["skipped_files"] == 1);
  CHECK(evidence["unreadable_files"] == 1);
  arguments.push_back("--strict");
  arguments[4] = w("strict.plan");
  const Finished strict = RunVitrt(arguments);
  CHECK(strict.code == 4);
  CHECK(strict.one_error());
  CHECK(!std::filesystem::exists(w("strict.plan")));
}

TEST_CASE("vitrt calibrate: what cannot be calibrated is refused and writes nothing") {
  const Workspace w = MakeLabelledSet();
  PixelPlan(true).Write(w("one.plan"));
  const struct {
    const char* title;
    std::vector<std::string> arguments;
    const char* expected;
  } cases[] = {
      {"a plan with one exit", {w("one.plan"), "--max-disagreement", "0.1"}, "one exit"},
      {"no method", {w("pixel.plan")}, "no method given"},
      {"two methods", {w("pixel.plan"), "--official-sweep", "--quota", "1,0,0"}, "more than one method"},
      {"a rate above one", {w("pixel.plan"), "--max-disagreement", "5"}, "below 1"},
      {"quotas for two exits", {w("pixel.plan"), "--quota", "0.5"}, "1 quotas"},
      {"quotas above one", {w("pixel.plan"), "--quota", "0.9,0.9,0"}, "with sum"},
      {"a quota that is no number", {w("pixel.plan"), "--quota", "half,0,0"}, "'half' is no quota"},
      {"point 33", {w("pixel.plan"), "--official-sweep", "--point", "33"}, "points 0 to 32"},
      {"a point of nothing", {w("pixel.plan"), "--quota", "1,0,0", "--point", "1"}, "--point without"},
      {"a class that is none", {w("pixel.plan"), "--max-false", "dust=0.1"}, "no class 'dust'"},
      {"a class without a rate", {w("pixel.plan"), "--max-false", "crack"}, "not CLASS=RATE"},
      {"a rate that is none", {w("pixel.plan"), "--max-false", "crack=few"}, "'few' is no rate"},
      {"a path that is none", {w("pixel.plan"), "--max-disagreement", "0.3", "--path", "best"}, "'best' is no path"},
      {"confidence 0", {w("pixel.plan"), "--max-disagreement", "0.1", "--confidence", "0"}, "--confidence"},
      {"unknown policy", {w("pixel.plan"), "--quota", "1,0,0", "--exit-policy", "guess"}, "--exit-policy"},
  };
  for (const auto& c : cases) {
    INFO(std::string(c.title));
    std::vector<std::string> arguments = {"calibrate", c.arguments[0], w("data"), "-o", w("out.plan")};
    arguments.insert(arguments.end(), c.arguments.begin() + 1, c.arguments.end());
    const Finished f = RunVitrt(arguments);
    CAPTURE(f.err);
    CHECK(f.code == 2);
    CHECK(f.one_error());
    CHECK(f.err.find(c.expected) != std::string::npos);
    CHECK(!std::filesystem::exists(w("out.plan")));
  }
}

}  // namespace
}  // namespace vitrt::test

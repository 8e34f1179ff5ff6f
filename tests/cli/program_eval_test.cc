#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "doctest/doctest.h"
#include "runtime/base/isa.h"
#include "tests/cli/labelled_set.h"
#include "tests/skip.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

std::vector<std::vector<std::string>> Cells(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream stream(csv);
  for (std::string line; std::getline(stream, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

json Eval(const std::string& plan, const std::string& data, std::vector<std::string> more) {
  std::vector<std::string> arguments = {"eval", plan, data, "--json", "--threads", "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Finished f = RunVitrt(arguments);
  REQUIRE_MESSAGE(f.code == 0, f.err);
  return json::parse(f.out);
}

TEST_CASE("vitrt eval: counts, rates and histograms are those of the images") {
  const Workspace w = MakeLabelledSet();
  const json e = Eval(w("pixel.plan"), w("data"), {"--threshold", "0.9"});
  CHECK(e["images"] == kSetImages);
  CHECK(e["skipped_files"] == 0);
  CHECK(e["problems"].empty());
  CHECK(e["policy"] == "max-prob");
  CHECK(e["accuracy"] == doctest::Approx(0.8));
  CHECK(e["disagreement_with_last"] == doctest::Approx(0.1));
  CHECK(e["latency_ms"]["n"] == kSetImages);
  const struct {
    double accuracy, differs;
    int taken, right, unlike_last;
  } expected[] = {{0.7, 0.4, 24, 20, 4}, {0.8, 0.3, 8, 8, 0}, {0.9, 0, 8, 4, 0}};
  REQUIRE(e["exits"].size() == kPixelPlanExits);
  for (int k = 0; k < kPixelPlanExits; ++k) {
    const json& exit = e["exits"][k];
    CAPTURE(exit.dump());
    CHECK(exit["name"] == kPixelPlanExitNames[k]);
    CHECK(exit["accuracy"] == doctest::Approx(expected[k].accuracy));
    CHECK(exit["disagreement_with_last"] == doctest::Approx(expected[k].differs));
    CHECK(exit["answered"] == expected[k].taken);
    CHECK(exit["answered_right"] == expected[k].right);
    CHECK(exit["answered_unlike_last"] == expected[k].unlike_last);
    CHECK(exit["latency_ms"]["n"] == expected[k].taken);
    for (const char* key : {"mean", "variance", "stddev", "p50", "p90", "p95", "p99"}) {
      CHECK(exit["latency_ms"].contains(key));
    }
    for (const std::string& label : kPixelPlanLabels)
      CHECK(exit["recall"][label] == doctest::Approx(expected[k].accuracy));
    const std::vector<int> bins = exit["confidence_histogram"];
    CHECK(std::accumulate(bins.begin(), bins.end(), 0) == kSetImages);
    std::vector<int> by_hand(bins.size());
    for (int group = 0; group < 10; ++group) {
      const double c = Confidence(LogitsOf(group, 0)[k]);
      by_hand[std::min(bins.size() - 1, static_cast<size_t>(c * static_cast<double>(bins.size())))] += 4;
    }
    CHECK(bins == by_hand);
  }
}

TEST_CASE("vitrt eval: a forced exit classifies every image, a policy changes what confident means") {
  const Workspace w = MakeLabelledSet();
  const json forced = Eval(w("pixel.plan"), w("data"), {"--exit", "middle"});
  CHECK(forced["exits"][1]["answered"] == kSetImages);
  CHECK(forced["accuracy"] == doctest::Approx(0.8));
  CHECK(forced["disagreement_with_last"] == doctest::Approx(0.3));
  // The confidence of group 8 is 0.99975 by max-prob and 0.998 by entropy.
  const json entropy = Eval(w("pixel.plan"), w("data"), {"--threshold", "0.9990", "--exit-policy", "entropy"});
  CHECK(entropy["policy"] == "entropy");
  CHECK(entropy["exits"][0]["answered"] == 20);
  CHECK(Eval(w("pixel.plan"), w("data"), {"--threshold", "0.9990"})["exits"][0]["answered"] == 24);
}

TEST_CASE("vitrt eval: the CSV has every image, every exit's class and its exact confidence") {
  const Workspace w = MakeLabelledSet();
  Eval(w("pixel.plan"), w("data"), {"--threshold", "0.9", "--csv-out", w("e.csv"), "--plot", w("e.svg")});
  const auto rows = Cells(ReadText(w("e.csv")));
  REQUIRE(rows.size() == 1 + kSetImages);
  const std::vector<std::string> header = {"image",
                                           "label",
                                           "answer",
                                           "exit",
                                           "run_ms",
                                           "class_early",
                                           "confidence_early",
                                           "class_middle",
                                           "confidence_middle",
                                           "class_final",
                                           "confidence_final"};
  CHECK(rows[0] == header);
  for (size_t i = 1; i < rows.size(); ++i) {
    const std::string name = std::filesystem::path(rows[i][0]).stem().string();
    const auto label =
        std::find(kPixelPlanLabels.begin(), kPixelPlanLabels.end(), rows[i][1]) - kPixelPlanLabels.begin();
    const int group = std::stoi(name);
    CAPTURE(rows[i][0]);
    const ImageLogits logits = LogitsOf(group, static_cast<int>(label));
    const int exit = group < 5 || group == 8 ? 0 : group < 7 ? 1 : 2;
    CHECK(rows[i][3] == kPixelPlanExitNames[exit]);
    CHECK(rows[i][2] == kPixelPlanLabels[logits[exit].label]);
    CHECK(std::stod(rows[i][4]) > 0);
    for (int k = 0; k < kPixelPlanExits; ++k) {
      CHECK(rows[i][5 + 2 * k] == kPixelPlanLabels[logits[k].label]);
      CHECK(std::stod(rows[i][6 + 2 * k]) == doctest::Approx(Confidence(logits[k])).epsilon(1e-6));
    }
  }
  const std::string svg = ReadText(w("e.svg"));
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  for (const char* title : {"If one exit classified every image", "Where images left", "Confidence of each exit",
                            "Latency of the images that left", "Predictions of the policy",
                            "Predictions of the last exit", "Bad parts predicted free"})
    CHECK_MESSAGE(svg.find(title) != std::string::npos, title);
}

// With --threshold 0.9 a class has 8 right predictions, and groups 8 and 9 are predicted as the next class; the last
// exit alone predicts group 9 as it.
TEST_CASE("vitrt eval: confusion, precision, F1, escapes and overkill, of the policy and of the last exit") {
  const Workspace w = MakeLabelledSet();
  const json e = Eval(w("pixel.plan"), w("data"), {"--threshold", "0.9"});
  CHECK(e["good"] == "free");
  CHECK(e["confusion"]["labels"] == kPixelPlanLabels);
  CHECK(e["confusion"]["policy"] ==
        json::parse("[[8, 2, 0, 0, 0], [0, 8, 2, 0, 0], [0, 0, 8, 2, 0], [2, 0, 0, 8, 0]]"));
  CHECK(e["confusion"]["last"] == json::parse("[[9, 1, 0, 0, 0], [0, 9, 1, 0, 0], [0, 0, 9, 1, 0], [1, 0, 0, 9, 0]]"));
  for (const std::string& label : kPixelPlanLabels) {
    CHECK(e["precision"][label] == doctest::Approx(0.8));
    CHECK(e["f1"][label] == doctest::Approx(0.8));
    CHECK(e["exits"][2]["precision"][label] == doctest::Approx(0.9));
  }
  const struct {
    const json& rate;
    int events, images;
    double at_least, at_most;  // Clopper-Pearson, 95 %, as R's binom.test gives them
  } cases[] = {{e["escape"], 2, 30, 0.008178, 0.2207},
               {e["overkill"], 2, 10, 0.02521, 0.5561},
               {e["exits"][2]["escape"], 1, 30, 0.000844, 0.1722},
               {e["exits"][2]["overkill"], 1, 10, 0.002529, 0.4450}};
  for (const auto& c : cases) {
    CHECK(c.rate["events"] == c.events);
    CHECK(c.rate["images"] == c.images);
    CHECK(c.rate["rate"] == doctest::Approx(static_cast<double>(c.events) / c.images));
    CHECK(c.rate["at_least"] == doctest::Approx(c.at_least).epsilon(0.001));
    CHECK(c.rate["at_most"] == doctest::Approx(c.at_most).epsilon(0.001));
  }
}

TEST_CASE("vitrt eval --good: any class may be the good one, and without one there are no escapes") {
  const Workspace w = MakeLabelledSet();
  CHECK(Eval(w("pixel.plan"), w("data"), {"--good", "hole"})["good"] == "hole");
  const Finished bad = RunVitrt({"eval", w("pixel.plan"), w("data"), "--good", "fine"});
  CHECK(bad.code == 2);
  CHECK(bad.one_error());
  TestPlan plan = PixelPlan();
  plan.tables.labels = {"a", "crack", "hole", "stain"};
  plan.Write(w("other.plan"));
  const json e = Eval(w("other.plan"), w("data"), {});
  CHECK(e["good"].is_null());
  CHECK(e["escape"].is_null());
  const Finished text = RunVitrt({"eval", w("other.plan"), w("data")});
  CHECK(text.out.find("name the class of a good part with --good") != std::string::npos);
}

TEST_CASE("vitrt eval: the text shows the same") {
  const Workspace w = MakeLabelledSet();
  const Finished f = RunVitrt({"eval", w("pixel.plan"), w("data"), "--threshold", "0.9", "--threads", "1"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  for (const char* part : {"40 images, policy max-prob", "24 (60.0 %)", "80.00 %", "run, ms",
                           "escape (bad predicted free)", "0.82 % to 22.07 %", "true, predicted:"})
    CHECK_MESSAGE(f.out.find(part) != std::string::npos, f.out);
}

TEST_CASE("vitrt eval: images that fit no class, empty classes and broken files are reported, counted or refused") {
  const Workspace w = MakeLabelledSet();
  std::filesystem::create_directories(w("data/scratch"));
  WriteLogitImage(w("data/scratch/0.pgm"), LogitsOf(0, 0));
  WriteLogitImage(w("data/stray.pgm"), LogitsOf(0, 0));
  WriteText(w("data/crack/readme.txt"), "text");
  WriteText(w("data/crack/broken.pgm"), "P5 4 3 255\n123");
  std::filesystem::remove_all(w("data/hole"));
  std::filesystem::create_directories(w("data/hole"));
  const json e = Eval(w("pixel.plan"), w("data"), {"--threshold", "0.9"});
  CHECK(e["images"] == 30);
  CHECK(e["skipped_files"] == 4);
  const std::string problems = e["problems"].dump();
  for (const char* part : {"folder 'scratch' is none of the plan's classes", "stray.pgm", "readme.txt", "broken.pgm",
                           "class 'hole' has no images"})
    CHECK_MESSAGE(problems.find(part) != std::string::npos, part << " in " << problems);
  CHECK(e["recall"]["hole"].is_null());
  CHECK(e["recall"]["crack"] == doctest::Approx(0.8));
  const Finished strict = RunVitrt({"eval", w("pixel.plan"), w("data"), "--strict"});
  CHECK(strict.code == 4);
  CHECK(strict.one_error());
  CHECK(strict.out.empty());
}

TEST_CASE("vitrt eval: what cannot be evaluated is refused") {
  const Workspace w = MakeLabelledSet();
  std::filesystem::create_directories(w("empty"));
  TestPlan unlabelled = PixelPlan();
  unlabelled.tables.labels.clear();
  unlabelled.Write(w("unlabelled.plan"));
  PixelPlan(true).Write(w("one.plan"));
  const struct {
    const char* title;
    std::vector<std::string> arguments;
    int code;
    const char* expected;
  } cases[] = {
      {"no folder", {"eval", w("pixel.plan"), w("nowhere")}, 4, "nowhere"},
      {"no images", {"eval", w("pixel.plan"), w("empty")}, 4, "no labelled images"},
      {"a plan without labels", {"eval", w("unlabelled.plan"), w("data")}, 2, "no labels"},
      {"unknown exit", {"eval", w("pixel.plan"), w("data"), "--threshold", "nosuch=0.5"}, 2, "early, middle, final"},
      {"four thresholds",
       {"eval", w("pixel.plan"), w("data"), "--threshold", "1,1,1,1"},
       2,
       "4 thresholds without names"},
      {"a threshold for the only exit", {"eval", w("one.plan"), w("data"), "--threshold", "0.9"}, 2, "only one exit"},
      {"a deadline for the only exit", {"eval", w("one.plan"), w("data"), "--deadline-ms", "5"}, 2, "only one exit"},
      {"nowhere to write", {"eval", w("pixel.plan"), w("data"), "--csv-out", w("no/e.csv")}, 1, "e.csv"},
  };
  for (const auto& c : cases) {
    INFO(std::string(c.title));
    const Finished f = RunVitrt(c.arguments);
    CAPTURE(f.err);
    CHECK(f.code == c.code);
    CHECK(f.one_error());
    CHECK(f.err.find(c.expected) != std::string::npos);
  }
  const json one = Eval(w("one.plan"), w("data"), {});
  CHECK(one["exits"].size() == 1);
  CHECK(one["accuracy"] == doctest::Approx(0.9));
}

TEST_CASE("vitrt eval --compare-isa: lists an image whose confidence a lower tier puts on the other side") {
  const Workspace w = MakeWorkspace();
  TestPlan plan = TwoExitPlan(2.0f);
  plan.tables.labels = {"a", "b", "c", "d", "e"};
  plan.TakeImages(8, 8, 0.5f, 0.5f);
  plan.Write(w("two.plan"));
  std::filesystem::create_directories(w("data/a"));
  for (uint32_t i = 0; i < 60; ++i) {
    std::string pixels;
    for (const float v : Noise(i, 8 * 8 * 3)) pixels += static_cast<char>(static_cast<int>(127 + 127 * v));
    WriteText(w("data/a/" + std::to_string(100 + i) + ".ppm"), "P6 8 8 255\n" + pixels);
  }
  const json here = Eval(w("two.plan"), w("data"), {"--csv-out", w("here.csv"), "--compare-isa"});
  if (here["isa"] == "sse41") return Skip("this machine has no tier but sse41");
  REQUIRE(!here["tiers"].empty());
  CHECK(here["tiers"][0]["isa"] == "sse41");
  CHECK(here["tiers"].back()["isa"] != here["isa"]);
  Eval(w("two.plan"), w("data"), {"--csv-out", w("there.csv"), "--isa", "sse41"});
  const auto a = Cells(ReadText(w("here.csv"))), b = Cells(ReadText(w("there.csv")));
  constexpr size_t kConfidence = 6;
  size_t image = 1;
  while (image < a.size() && a[image][kConfidence] == b[image][kConfidence]) ++image;
  REQUIRE_MESSAGE(image < a.size(), "the tiers add in different orders and agree on every bit of 60 images");

  const bool leaves_here = std::stof(a[image][kConfidence]) > std::stof(b[image][kConfidence]);
  const std::string threshold = (leaves_here ? a : b)[image][kConfidence];
  const json e = Eval(w("two.plan"), w("data"), {"--compare-isa", "--threshold", "early=" + threshold});
  const json& tier = e["tiers"][0];
  bool found = false;
  for (const json& difference : tier["differences"]) {
    if (difference["image"] != a[image][0]) continue;
    found = true;
    CHECK(difference["here"]["exit"] == (leaves_here ? "early" : "final"));
    CHECK(difference["there"]["exit"] == (leaves_here ? "final" : "early"));
    CHECK(difference["here"]["confidences"]["early"].get<float>() == std::stof(a[image][kConfidence]));
    CHECK(difference["there"]["confidences"]["early"].get<float>() == std::stof(b[image][kConfidence]));
  }
  CHECK(found);
  CHECK(tier["largest_confidence_change"].get<double>() < 1e-5);
}

}  // namespace
}  // namespace vitrt::test

#include "runtime/line/prediction/prediction_format.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::line {
namespace {

PlanInfo Info() {
  PlanInfo info;
  info.labels = {"free", "crack, fine", "hole"};
  info.exits.resize(2);
  info.exits[0].name = "early";
  info.exits[1] = {.name = "final", .index = 1, .dims = {}};
  return info;
}

struct Sample {
  std::vector<float> probabilities;
  Prediction prediction;
  explicit Sample(std::vector<float> p) : probabilities(std::move(p)) {
    prediction.label = prediction.exit = 1;
    prediction.probability = 0.9f;
    prediction.confidence = 0.8f;
    prediction.flags = Prediction::kDeadline;
    prediction.probabilities = probabilities;
    prediction.times = {1, 2, 3.5};
  }
};

TEST_CASE("JSON has every key of the contract and short numbers") {
  const Sample a({0.02f, 0.9f, 0.08f});
  const std::string line = PredictionJson(Info(), "a \xff.png", a.prediction, 2);
  CHECK(line.back() == '\n');
  CHECK(line.find("0.9,") != std::string::npos);
  const auto j = nlohmann::json::parse(line);
  CHECK(j["label"] == "crack, fine");
  CHECK(j["class"] == 1);
  CHECK(j["exit"]["index"] == 1);
  CHECK(j["exit"]["name"] == "final");
  CHECK(j["ms"]["decode"] == 1.0);
  CHECK(j["ms"]["preprocess"] == 2.0);
  CHECK(j["ms"]["run"] == 3.5);
  CHECK(j["flags"] == nlohmann::json::array({"deadline"}));
  REQUIRE(j["top"].size() == 2);
  CHECK(j["top"][0]["class"] == 1);
  CHECK(j["top"][1]["class"] == 2);
}

TEST_CASE("no decision is no label, whatever the labels are") {
  for (const char* label : {"none", "-", "null", "", "free"}) {
    PlanInfo info = Info();
    for (std::string& l : info.labels) l = label;
    Sample a({0, 0, 0});
    a.prediction.label = -1;
    a.prediction.probability = a.prediction.confidence = 0;
    a.prediction.flags = Prediction::kNonFinite | Prediction::kNoDecision;
    const auto j = nlohmann::json::parse(PredictionJson(info, "a.png", a.prediction, 5));
    CHECK(j["label"].is_null());
    CHECK(j["class"] == -1);
    CHECK(j["probability"].is_null());
    CHECK(j["confidence"].is_null());
    CHECK(j["top"].empty());
    CHECK(j["flags"] == nlohmann::json::array({"non_finite", "no_decision"}));
    CHECK(PredictionCsvLine(info, "a.png", a.prediction, 2) ==
          "a.png,,-1,,,1,final,1.0000,2.0000,3.5000,non_finite no_decision,,,\n");
    const std::string text = PredictionText(info, ExitPolicy::kMaxProb, {}, "a.png", a.prediction, 3);
    CHECK(text == "a.png  -        -  exit final     6.5 ms  non_finite  no_decision\n");
  }
}

TEST_CASE("CSV rows have as many cells as the header, labels quoted") {
  const Sample a({0.02f, 0.9f, 0.08f});
  CHECK(PredictionCsvLine(Info(), "x.png", a.prediction, 1) ==
        "x.png,\"crack, fine\",1,0.899999976,0.800000012,1,final,1.0000,2.0000,3.5000,deadline\n");
  const std::string header = PredictionCsvHeader(3);
  CHECK(header.find("label_2,class_2,probability_2,label_3,class_3,probability_3") != std::string::npos);
  CHECK(PredictionCsvLine(Info(), "x.png", a.prediction, 3).find(",hole,2,0.0799999982,free,0,0.0199999996\n") !=
        std::string::npos);
}

TEST_CASE("equal probabilities rank by class, a plan without labels shows numbers") {
  const Sample a({0.25f, 0.5f, 0.25f});
  CHECK(TopClasses(a.prediction, 9) == std::vector<int>{1, 0, 2});
  CHECK(LabelOf(PlanInfo(), 7) == "7");
}

TEST_CASE("fp32 values print as the shortest decimal that reads back") {
  for (const float v : {0.9f, 1.0f / 3, 1e-20f, 0.0f, -5.5f}) CHECK(static_cast<float>(ShortDecimal(v)) == v);
  CHECK(ShortDecimal(0.9f) == 0.9);
}

}  // namespace
}  // namespace vitrt::line

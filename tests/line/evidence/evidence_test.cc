#include "runtime/line/evidence/evidence.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/plan/test_plan.h"

namespace vitrt::line {
namespace {

// A plan whose calibration left this text.
Engine With(const std::string& evidence) {
  test::TestPlan plan = test::TwoExitPlan(0.5f);
  plan.tables.calibration = std::make_unique<plan::CalibrationT>();
  plan.tables.calibration->evidence_json = evidence;
  const std::string path = test::TemporaryPath("evidence.plan");
  plan.Write(path);
  auto engine = Engine::Load(path);
  REQUIRE(engine.ok());
  return *engine;
}

Recording Recorded(int images) {
  Recording recording;
  recording.records.exits = 2;
  recording.records.images = images;
  for (int exit = 0; exit < 2; ++exit) {
    for (int i = 0; i < images; ++i) {
      recording.records.predicted.push_back(exit + i % 3);
      recording.records.confidence.push_back(static_cast<float>(i) / static_cast<float>(images));
    }
  }
  for (int i = 0; i < images; ++i) recording.inputs.push_back({static_cast<float>(i), 1});
  return recording;
}

TEST_CASE("predictions of a calibration are read back as they were kept") {
  Recording recording = Recorded(5);
  recording.records.confidence[1] = std::nanf("");
  const nlohmann::ordered_json kept = {{"answers", ReferencePredictions(recording, std::vector<int>{0, 0, 1, 1, 0})}};
  const auto history = ReadReferencePredictions(With(kept.dump()));
  REQUIRE_MESSAGE(history.ok(), history.status().ToString());
  REQUIRE(history->records.size() == 5);
  const audit::Record& third = history->records[2];
  CHECK(third.exit == 1);
  CHECK(third.exit_name == "final");
  CHECK(third.class_index == 1 + 2);
  CHECK(third.confidence == 0.4f);
  CHECK(third.input_mean == 2);
  CHECK(third.input_deviation == 1);
  CHECK(std::isnan(history->records[1].confidence));
}

TEST_CASE("many predictions are thinned out evenly") {
  const int images = 3 * static_cast<int>(kMaxReferencePredictions);
  const auto entries = ReferencePredictions(Recorded(images), std::vector<int>(static_cast<size_t>(images), 1));
  REQUIRE(entries.size() == kMaxReferencePredictions);
  for (size_t i = 0; i < entries.size(); ++i) CHECK(entries[i][3] == 3 * i);  // the mean of image 3i
  CHECK(entries.dump().size() < 100'000);
}

TEST_CASE("a damaged record is a bad plan, never a crash") {
  for (const char* text : {"", "no JSON", "7", "{}", R"({"answers": 7})", R"({"answers": []})", R"({"answers": [7]})",
                           R"({"answers": [[0, 1, 0.5, 0]]})", R"({"answers": [[2, 1, 0.5, 0, 0]]})",
                           R"({"answers": [[-1, 1, 0.5, 0, 0]]})", R"({"answers": [["0", 1, 0.5, 0, 0]]})",
                           R"({"answers": [[0, 1, "high", 0, 0]]})", R"({"answers": [[0, 1, 0.5, [], {}]]})"}) {
    CAPTURE(text);
    CHECK(ReadReferencePredictions(With(text)).status().code() == StatusCode::kBadPlan);
  }
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(ReadReferencePredictions(With("{\"answers\": " + deep + "}")).status().code() == StatusCode::kBadPlan);
}

}  // namespace
}  // namespace vitrt::line

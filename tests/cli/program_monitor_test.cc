// vitrt monitor with the predictions that a calibrated plan keeps, and wrong use. Logs: compare_monitoring.py.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "doctest/doctest.h"
#include "tests/cli/labelled_set.h"

namespace vitrt::test {
namespace {

using nlohmann::json;

// A labelled set with calibrated.plan.
Workspace MakeCalibrated() {
  Workspace w = MakeLabelledSet();
  const Finished f = RunVitrt({"calibrate", w("pixel.plan"), w("data"), "-o", w("calibrated.plan"),
                               "--max-disagreement", "0", "--empirical", "--threads", "1"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
  return w;
}

void Infer(const std::string& plan, const std::string& images, const std::string& log) {
  const Finished f = RunVitrt({"infer", plan, images, "--log", log, "--threads", "1"});
  REQUIRE_MESSAGE(f.code == 0, f.err);
}

Finished Monitor(const std::string& log, const std::string& reference) {
  return RunVitrt({"monitor", log, "--reference", reference, "--json"});
}

TEST_CASE("vitrt monitor --reference PLAN: predictions are compared with those of the calibration") {
  const Workspace w = MakeCalibrated();
  Infer(w("calibrated.plan"), w("data"), w("same.jsonl"));
  const Finished same = Monitor(w("same.jsonl"), w("calibrated.plan"));
  REQUIRE_MESSAGE(same.code == 0, same.err);
  CHECK(same.err.empty());
  const json s = json::parse(same.out);
  CHECK(s["reference_answers"] == kSetImages);
  CHECK(s["alarm"] == false);
  REQUIRE(!s["checks"].empty());
  for (const json& check : s["checks"]) {  // they are the very same images
    CAPTURE(check["what"].get<std::string>());
    CHECK(check["value"] == 0);
  }

  std::filesystem::create_directories(w("hard"));
  for (int i = 0; i < 40; ++i) WriteLogitImage(w("hard/" + std::to_string(100 + i) + ".pgm"), LogitsOf(9, i % 4));
  Infer(w("pixel.plan"), w("hard"), w("hard.jsonl"));
  const Finished hard = Monitor(w("hard.jsonl"), w("calibrated.plan"));
  REQUIRE_MESSAGE(hard.code == 10, hard.err);  // an alarm, by the command line's contract
  CHECK(json::parse(hard.out)["alarm"] == true);
  CHECK(hard.err.find("not all predictions of the log are of this plan") != std::string::npos);
}

TEST_CASE("vitrt monitor: what is no reference is refused") {
  const Workspace w = MakeCalibrated();
  Infer(w("calibrated.plan"), w("data"), w("run.jsonl"));
  const Finished uncalibrated = Monitor(w("run.jsonl"), w("pixel.plan"));
  CHECK(uncalibrated.code == 3);
  CHECK(uncalibrated.err.find("keeps no predictions of a calibration") != std::string::npos);
  std::filesystem::resize_file(w("calibrated.plan"), 200);
  CHECK(Monitor(w("run.jsonl"), w("calibrated.plan")).code == 3);
  WriteText(w("text"), "no log, no plan");
  CHECK(Monitor(w("run.jsonl"), w("text")).code == 4);
  CHECK(Monitor(w("run.jsonl"), w("missing")).code == 4);
}

}  // namespace
}  // namespace vitrt::test

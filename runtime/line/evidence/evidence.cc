#include "runtime/line/evidence/evidence.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::line {
namespace {

using Json = nlohmann::ordered_json;

// [exit, class, confidence, mean and deviation of the input]; a confidence that is not finite is null.
Result<audit::Record> RecordOf(const Json& entry, const PlanInfo& info) {
  const auto number = [&](size_t i) { return entry[i].is_null() ? std::nanf("") : entry[i].get<float>(); };
  if (!entry.is_array() || entry.size() != 5) return BadPlan("a prediction of the calibration is damaged");
  audit::Record record;
  record.exit = entry[0].get<int>();
  record.class_index = entry[1].get<int>();
  if (record.exit < 0 || record.exit >= static_cast<int>(info.exits.size()))
    return BadPlan("a prediction of the calibration names an exit that the plan does not have");
  record.exit_name = info.exits[static_cast<size_t>(record.exit)].name;
  record.label = LabelOf(info, record.class_index);
  record.confidence = number(2);
  record.input_mean = number(3);
  record.input_deviation = number(4);
  return record;
}

}  // namespace

Json ReferencePredictions(const Recording& recording, std::span<const int> exit_of) {
  const size_t images = exit_of.size(), kept = std::min(images, kMaxReferencePredictions);
  Json entries = Json::array();
  for (size_t i = 0; i < kept; ++i) {
    const auto image = static_cast<int>(i * images / kept);
    const int exit = exit_of[static_cast<size_t>(image)];
    const InputStatistics& input = recording.inputs[static_cast<size_t>(image)];
    entries.push_back({exit, recording.records.predicted_of(exit, image),
                       ShortDecimal(recording.records.confidence_of(exit, image)), ShortDecimal(input.mean),
                       ShortDecimal(input.deviation)});
  }
  return entries;
}

Json ReadEvidence(const Engine& engine) {
  const plan::Calibration* record = TablesOf(engine).calibration();
  if (record == nullptr || record->evidence_json() == nullptr) return nullptr;
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= 8; };
  Json evidence = Json::parse(record->evidence_json()->string_view(), shallow, false);
  return evidence.is_discarded() ? Json(nullptr) : evidence;
}

Result<monitor::History> ReadReferencePredictions(const Engine& engine) {
  const std::string& path = engine.info().path;
  const Json evidence = ReadEvidence(engine);
  if (!evidence.is_object() || !evidence.contains("answers") || !evidence["answers"].is_array() ||
      evidence["answers"].empty()) {
    return BadPlan("the plan keeps no predictions of a calibration", path,
                   "vitrt calibrate keeps them; or give the log of a time when all was well");
  }
  monitor::History history;
  try {
    for (const Json& entry : evidence["answers"]) {
      VITRT_ASSIGN_OR_RETURN(history.records.emplace_back(), RecordOf(entry, engine.info()));
    }
  } catch (const Json::exception&) {  // a number that is none
    return BadPlan("a prediction of the calibration is damaged", path);
  }
  return history;
}

}  // namespace vitrt::line

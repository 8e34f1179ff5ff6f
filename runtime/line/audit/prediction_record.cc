#include "runtime/line/audit/prediction_record.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/isa.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::audit {
namespace {

float Margin(std::span<const float> p) {
  if (p.size() < 2) return p.empty() ? 0 : p[0];
  float first = 0, second = 0;
  for (const float v : p) {
    if (v > first) {
      second = std::exchange(first, v);
    } else {
      second = std::max(second, v);
    }
  }
  return first - second;
}

Record RecordFrom(const Source& source) {
  Record r;
  r.time = TimeNow();
  r.image = source.image;
  r.camera = source.camera;
  r.part = source.part;
  r.latency_ms = source.latency_ms;
  return r;
}

}  // namespace

Record RecordOf(const PlanInfo& info, const Source& source, const Prediction& p) {
  Record r = RecordFrom(source);
  r.label = line::LabelOf(info, p.label);
  r.class_index = p.label;
  const float none = std::nanf("");
  r.probability = p.label < 0 ? none : p.probability;
  r.confidence = p.label < 0 ? none : p.confidence;
  r.margin = p.label < 0 ? none : Margin(p.probabilities);
  r.input_mean = p.input.mean;
  r.input_deviation = p.input.deviation;
  r.exit = p.exit;
  r.exit_name = p.exit < 0 ? "none" : info.exits[static_cast<size_t>(p.exit)].name;
  r.decode_ms = p.times.decode_ms;
  r.preprocess_ms = p.times.preprocess_ms;
  r.run_ms = p.times.run_ms;
  r.flags = line::FlagNames(p);
  return r;
}

Record RefusalRecord(const Source& source, const Status& why) {
  Record r = RecordFrom(source);
  r.error = why.what();
  return r;
}

std::optional<double> PromisedRate(const PlanInfo& info, const RunOptions& run) {
  const bool as_certified = run.thresholds.empty() && run.enabled.empty() && !run.policy && !run.force_exit &&
                            !run.deadline_ms && info.promised_disagreement > 0;
  return as_certified ? std::optional(info.promised_disagreement) : std::nullopt;
}

std::string OptionsJson(const Engine& engine, const RunOptions& run, int threads) {
  nlohmann::ordered_json json = {{"policy", line::PolicyName(run.policy.value_or(PolicyOf(engine)))}};
  json["thresholds"] = nlohmann::ordered_json::array();
  const std::vector<ExitInfo>& exits = engine.info().exits;
  for (size_t k = 0; k + 1 < exits.size(); ++k) {
    const bool overridden = k < run.thresholds.size() && run.thresholds[k];
    if (exits[k].enabled) {
      json["thresholds"].push_back(line::ShortDecimal(overridden ? *run.thresholds[k] : exits[k].threshold));
    } else {
      json["thresholds"].push_back(nullptr);
    }
  }
  if (run.force_exit) json["exit"] = exits[static_cast<size_t>(*run.force_exit)].name;
  if (run.deadline_ms) json["deadline_ms"] = *run.deadline_ms;
  if (const std::optional<double> promised = PromisedRate(engine.info(), run)) json["promised"] = *promised;
  json["isa"] = IsaName(engine.isa());
  json["machine"] = MachineOf(engine);
  json["threads"] = threads;
  return json.dump();
}

}  // namespace vitrt::audit

#include "runtime/cli/inspect/plan_json.h"

#include "runtime/base/isa.h"
#include "runtime/base/output_names.h"
#include "runtime/cli/command.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/evidence/evidence.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Text(const flatbuffers::String* text) { return text == nullptr ? "" : text->str(); }

template <typename T>
Json List(const flatbuffers::Vector<T>* values) {
  Json list = Json::array();
  for (flatbuffers::uoffset_t i = 0; values != nullptr && i < values->size(); ++i) {
    if constexpr (std::is_same_v<T, float>) {
      list.push_back(ShortDecimal(values->Get(i)));
    } else {
      list.push_back(values->Get(i));
    }
  }
  return list;
}

Json PreprocessJson(const plan::Preprocess* p) {
  if (p == nullptr) return nullptr;
  return {
      {"channels", p->channels()},
      {"resize",
       {{"rule", plan::EnumNameResizeRule(p->rule())}, {"height", p->resize_height()}, {"width", p->resize_width()}}},
      {"interpolation", plan::EnumNameInterpolation(p->interpolation())},
      {"crop", {{"height", p->crop_height()}, {"width", p->crop_width()}}},
      {"mean", List(p->mean())},
      {"std", List(p->std())},
      {"range", p->range() == plan::PixelRange::Byte ? 255 : 1},
      {"sample_bits", p->sample_bits()}};
}

Json NeverEarlyJson(const PlanInfo& info) {
  Json classes = Json::array();
  for (const int c : info.never_early) classes.push_back(LabelOf(info, c));
  return classes;
}

Json TensorJson(const TensorInfo& tensor) {
  return {{"name", tensor.name}, {"shape", tensor.dims}, {"dtype", NameOf(tensor.type)}};
}

Json ExitsJson(const PlanInfo& info) {
  Json exits = Json::array();
  for (const ExitInfo& e : info.exits) {
    exits.push_back({{"index", e.index},
                     {"name", e.name},
                     {"classes", e.classes},
                     {"meaning", NameOf(e.meaning)},
                     {"shape", e.dims},
                     {"threshold", ShortDecimal(e.threshold)},
                     {"enabled", e.enabled},
                     {"flops", e.flops}});
  }
  return exits;
}

Json SegmentsJson(const Engine& engine) {
  Json segments = Json::array();
  for (const SegmentInfo& s : InspectSegments(engine)) {
    segments.push_back({{"index", segments.size()},
                        {"first_step", s.first_step},
                        {"steps", s.step_count},
                        {"exit", s.exit},
                        {"flops", s.flops},
                        {"weight_bytes", s.weight_bytes},
                        {"live_bytes_per_image", s.live_bytes}});
  }
  return segments;
}

Json StepsJson(const Engine& engine) {
  Json steps = Json::array();
  for (const StepInfo& s : InspectSteps(engine)) {
    Json refused = Json::array();
    for (const auto& r : s.refused) refused.push_back({{"implementation", r.implementation}, {"reason", r.reason}});
    steps.push_back(
        {{"index", steps.size()},
         {"segment", s.segment},
         {"op", s.op},
         {"name", s.name},
         {"inputs", s.input_dims},
         {"outputs", s.output_dims},
         {"implementation", s.implementation},
         {"tuned", s.instead_of.empty()
                       ? Json()
                       : Json{{"instead_of", s.instead_of}, {"ratio", s.tuned_ratio}, {"same_bits", s.same_bits}}},
         {"refused", refused},
         {"flops", s.flops},
         {"activation_bytes", s.activation_bytes},
         {"weight_bytes", s.weight_bytes}});
  }
  return steps;
}

Json MemoryJson(const Engine& engine) {
  const plan::Plan& tables = TablesOf(engine);
  Json storages = Json::array();
  uint64_t together = 0;
  for (flatbuffers::uoffset_t i = 0; i < tables.storages()->size(); ++i) {
    const plan::Storage& s = *tables.storages()->Get(i);
    if (s.constant()) continue;
    storages.push_back({{"offset", s.offset()}, {"bytes", s.bytes()}});
    together += s.bytes();
  }
  return {{"weight_bytes", engine.info().weight_bytes},
          {"arena_bytes_per_image", engine.info().arena_bytes_per_image},
          {"activation_bytes_without_reuse", together},
          {"activations", storages}};
}

// Without the reference predictions: up to 2000 entries.
Json Evidence(const Engine& engine) {
  Json evidence = ReadEvidence(engine);
  if (evidence.is_object()) evidence.erase("answers");
  return evidence;
}

}  // namespace

Json PlanJson(const Engine& engine, const std::string& plan_sha256) {
  const PlanInfo& info = engine.info();
  const plan::Plan& tables = TablesOf(engine);
  Json options = Json::array(), outputs = Json::array();
  for (flatbuffers::uoffset_t i = 0; tables.options() != nullptr && i < tables.options()->size(); ++i) {
    options.push_back(
        {{"key", Text(tables.options()->Get(i)->key())}, {"value", Text(tables.options()->Get(i)->value())}});
  }
  for (const TensorInfo& output : info.outputs) outputs.push_back(TensorJson(output));
  Json j = {{"model", info.model_name},
            {"producer", info.producer},
            {"source_sha256", info.source_sha256},
            {"options", options},
            {"plan_sha256", plan_sha256},
            {"plan_bytes", info.plan_bytes},
            {"integrity", "ok"},
            {"input", TensorJson(info.input)},
            {"max_batch", info.max_batch},
            {"preprocess", PreprocessJson(tables.preprocess())},
            {"labels", info.labels},
            {"policy", PolicyName(PolicyOf(engine))},
            {"never_early", NeverEarlyJson(info)},
            {"exits", ExitsJson(info)},
            {"outputs", outputs}};
  const plan::Calibration* c = tables.calibration();
  j["calibration"] = c == nullptr ? Json(nullptr)
                                  : Json{{"method", Text(c->method())},
                                         {"data_sha256", Text(c->data_sha256())},
                                         {"images", c->images()},
                                         {"evidence", Evidence(engine)}};
  j["isa"] = IsaName(engine.isa());
  const auto& tune = TuneFileOf(engine);
  j["tune"] = {{"steps", info.tuned_steps},
               {"ratio", tune ? Json(tune->ratio) : Json()},
               {"threads", tune && tune->threads > 0 ? Json(tune->threads) : Json()},
               {"isa", tune && !tune->run_on.empty() ? Json(tune->run_on) : Json()},
               {"note", info.tune_note.empty() ? Json() : Json(info.tune_note)}};
  j["memory"] = MemoryJson(engine);
  j["segments"] = SegmentsJson(engine);
  j["steps"] = StepsJson(engine);
  return j;
}

}  // namespace vitrt::cli

#include "runtime/line/audit/record.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>

#include "runtime/line/text/escape.h"

namespace vitrt::audit {
namespace {

// Numbers are fp32, so that 0.9 is written as 0.9; keys stay in the order of writing.
using Json = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool, int64_t, uint64_t, float>;

float Milliseconds(double ms) { return static_cast<float>(std::round(ms * 1e4) / 1e4); }

// Versions before 0.2 wrote "none" where there is null now.
std::string LabelIn(const Json& json, int class_index) { return class_index < 0 ? "" : json.get<std::string>(); }

Json LabelOut(const std::string& label, int class_index) { return class_index < 0 ? Json(nullptr) : Json(label); }

float Number(const Json& json) { return json.is_null() ? std::numeric_limits<float>::quiet_NaN() : json.get<float>(); }

Record FromJson(const Json& json) {
  Record r;
  r.time = json.at("time");
  r.image = json.at("image");
  r.plan = json.at("plan");
  if (json.contains("model")) r.model = json["model"];
  if (json.contains("camera")) r.camera = json["camera"];
  if (json.contains("part")) r.part = json["part"];
  if (json.contains("close_to_answer_ms")) r.latency_ms = json["close_to_answer_ms"].get<double>();
  const Json& options = json.at("options");
  r.options = options.dump();
  if (options.contains("policy")) r.policy = options["policy"];
  if (options.contains("isa")) r.machine = options["isa"];
  if (options.contains("machine")) r.machine = options["machine"];
  if (options.contains("promised")) r.promised = std::strtod(options["promised"].dump().c_str(), nullptr);
  if (json.contains("error")) {
    r.error = json["error"];
    return r;
  }
  r.image_xxh3 = json.at("image_xxh3");
  r.class_index = json.at("class");
  r.label = LabelIn(json.at("label"), r.class_index);
  r.probability = Number(json.at("probability"));
  r.confidence = Number(json.at("confidence"));
  r.margin = Number(json.at("margin"));
  r.input_mean = Number(json.at("input").at("mean"));
  r.input_deviation = Number(json.at("input").at("deviation"));
  r.exit = json.at("exit").at("index");
  r.exit_name = json.at("exit").at("name");
  const Json& ms = json.at("ms");
  r.decode_ms = ms.at("decode");
  r.preprocess_ms = ms.at("preprocess");
  r.run_ms = ms.at("run");
  for (const Json& flag : json.at("flags")) r.flags.push_back(flag);
  if (json.contains("shadow")) {
    const Json& shadow = json["shadow"];
    const int last = shadow.at("class");
    r.shadow = Shadow{LabelIn(shadow.at("label"), last), last, Number(shadow.at("confidence"))};
    if (shadow.contains("exits")) {
      for (const Json& exit : shadow["exits"])
        r.shadow->exits.push_back({exit.at("class"), Number(exit.at("confidence"))});
    }
  }
  return r;
}

}  // namespace

std::string ToLine(const Record& r) {
  Json json = {{"time", r.time}, {"image", r.image}};
  if (!r.camera.empty()) json["camera"] = r.camera;
  if (!r.part.empty()) json["part"] = r.part;
  if (r.latency_ms) json["close_to_answer_ms"] = Milliseconds(*r.latency_ms);
  if (r.error.empty()) json["image_xxh3"] = r.image_xxh3;
  json["plan"] = r.plan;
  if (!r.model.empty()) json["model"] = r.model;
  json["options"] = Json::parse(r.options);
  if (!r.error.empty()) {
    json["error"] = r.error;
  } else {
    json["label"] = LabelOut(r.label, r.class_index);
    json["class"] = r.class_index;
    json["probability"] = r.probability;
    json["confidence"] = r.confidence;
    json["margin"] = r.margin;
    json["input"] = {{"mean", r.input_mean}, {"deviation", r.input_deviation}};
    json["exit"] = {{"index", r.exit}, {"name", r.exit_name}};
    json["ms"] = {{"decode", Milliseconds(r.decode_ms)},
                  {"preprocess", Milliseconds(r.preprocess_ms)},
                  {"run", Milliseconds(r.run_ms)}};
    json["flags"] = r.flags;
    if (r.shadow) {
      json["shadow"] = {{"label", LabelOut(r.shadow->label, r.shadow->class_index)},
                        {"class", r.shadow->class_index},
                        {"confidence", r.shadow->confidence}};
      for (const ShadowExit& exit : r.shadow->exits)
        json["shadow"]["exits"].push_back({{"class", exit.class_index}, {"confidence", exit.confidence}});
    }
  }
  return line::EscapeJson(json.dump(-1, ' ', false, Json::error_handler_t::replace)) + '\n';
}

Result<Record> FromLine(std::string_view line) try {
  return FromJson(Json::parse(line));
} catch (const Json::exception& error) {
  return BadInput(std::string("not a line of an audit log: ") + error.what());
}

std::string TimeNow() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now);
  const auto days = std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>(ms));
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss time(ms - days.time_since_epoch());
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return text;
}

}  // namespace vitrt::audit

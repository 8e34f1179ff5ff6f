#include "runtime/line/serve/prediction_recorder.h"

#include <nlohmann/json.hpp>

#include "runtime/line/prediction/prediction_format.h"
#include "runtime/line/prediction/record_identity.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTop = 1;  // classes of a record that goes out

std::string LineOf(Json json, const audit::Record& record) {
  line::AddIdentity({record.image, record.time, record.image_xxh3, record.plan, record.camera, record.part}, &json);
  std::string text = line::JsonLine(json);
  text.pop_back();
  return text;
}

}  // namespace

PredictionRecorder::PredictionRecorder(PredictionRecorderOptions options)
    : keeps_(options.log.has_value() || options.sinks.on()), options_(std::move(options)) {
  for (const std::string& name : options_.models) {
    const int index = static_cast<int>(models_.size());
    models_.emplace(name, Model{index, audit::Metrics(options_.version, options_.deadline_ms)});
  }
}

void PredictionRecorder::UsePlan(const std::string& model, const std::string& sha256) {
  const std::lock_guard<std::mutex> lock(mutex_);
  models_.at(model).metrics.UsePlan(sha256);
}

void PredictionRecorder::Classified(const Generation& generation, const ServedImage& image,
                                    const Prediction& prediction) {
  const PlanInfo& info = generation.engine.info();
  audit::Record record = audit::RecordOf(info, image.source, prediction);
  record.image_xxh3 = image.hash;
  record.plan = generation.sha256;
  if (options_.sinks.on()) {
    sinks::Outgoing out;
    out.label = prediction.label;
    out.label_name = record.label;
    out.confidence = prediction.confidence;
    out.exit = prediction.exit;
    out.flags = prediction.flags;
    out.camera = image.source.camera;
    out.camera_index = models_.at(image.source.camera).index;
    out.part = image.source.part;
    out.json = LineOf(line::PredictionObject(info, record.image, prediction, kTop), record);
    Send(out);
  }
  Keep(generation, image, std::move(record));
}

void PredictionRecorder::Refused(const Generation& generation, const ServedImage& image, const Status& why) {
  audit::Record record = audit::RefusalRecord(image.source, why);
  record.plan = generation.sha256;
  if (options_.sinks.on()) {
    sinks::Outgoing out;
    out.refused = true;
    out.camera = image.source.camera;
    out.camera_index = models_.at(image.source.camera).index;
    out.part = image.source.part;
    out.json = LineOf({{"image", record.image}, {"error", record.error}}, record);
    Send(out);
  }
  Keep(generation, image, std::move(record));
}

void PredictionRecorder::Send(const sinks::Outgoing& out) {
  const Status status = options_.sinks.Send(out);
  if (status.ok()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (lost_messages_++ == 0) options_.note(status.ToString() + "; inference continues");
}

void PredictionRecorder::Keep(const Generation& generation, const ServedImage& image, audit::Record record) {
  std::string line;
  if (options_.log) {
    record.model = generation.identity;
    record.options = audit::OptionsJson(generation.engine, image.run, options_.threads);
    line = audit::ToLine(record);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  audit::Metrics& metrics = models_.at(image.source.camera).metrics;
  metrics.Count(record);
  if (line.empty()) return;
  const Status status = options_.log->Append(line);
  if (status.ok()) return;
  metrics.CountLostLine();
  if (lost_lines_++ == 0) options_.note(status.ToString() + "; inference continues");
}

void PredictionRecorder::AddTo(audit::PrometheusText* text) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [name, model] : models_) model.metrics.AddTo({{"model", name}}, text);
  text->Begin({});
}

Status PredictionRecorder::Finish() {
  options_.sinks.Finish();
  if (lost_messages_ > 0)
    options_.note(std::to_string(lost_messages_) + " predictions did not reach the backlog of MQTT");
  if (lost_lines_ == 0) return {};
  return Internal(std::to_string(lost_lines_) + " predictions could not be logged", "--log");
}

}  // namespace vitrt::serve

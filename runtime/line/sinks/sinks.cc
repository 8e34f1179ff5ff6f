#include "runtime/line/sinks/sinks.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace vitrt::sinks {
namespace {

constexpr std::chrono::milliseconds kAcknowledgeTimeout{5000};  // for acknowledgements, at the end

Status CheckGood(const std::vector<std::string>& good, const std::vector<std::string>& labels) {
  for (const std::string& label : good) {
    if (std::find(labels.begin(), labels.end(), label) != labels.end()) continue;
    std::string known;
    for (const std::string& name : labels) known += (known.empty() ? "" : ", ") + name;
    return InvalidArgument("no class is called '" + label + "'", "--good",
                           known.empty() ? "the plan has no labels" : "classes are " + known);
  }
  return {};
}

}  // namespace

line::OutputFiles OutputsOf(const SinkOptions& options) {
  if (options.mqtt.url.empty()) return {};
  std::string backlog = options.mqtt.backlog;
  if (backlog.empty()) {
    if (const Result<std::string> path = MqttSink::DefaultBacklogPath(options.mqtt.url); path.ok()) backlog = *path;
  }
  return {{"--mqtt-backlog", backlog, &line::kinds::kBacklog}};
}

line::NamedFiles InputsOf(const SinkOptions& options) {
  return {{"--mqtt-password-file", options.mqtt.password_file},
          {"--mqtt-ca", options.mqtt.ca_file},
          {"--mqtt-certificate", options.mqtt.certificate_file},
          {"--mqtt-key", options.mqtt.key_file}};
}

Result<Sinks> Sinks::Open(const SinkOptions& options, const std::vector<std::string>& labels, const Note& note) {
  Sinks sinks;
  if (!options.modbus.address.empty()) {
    VITRT_RETURN_IF_ERROR(CheckGood(options.modbus.good, labels));
    VITRT_ASSIGN_OR_RETURN(sinks.modbus_, ModbusServer::Listen(options.modbus));
    note("Modbus is served on " + sinks.modbus_->where());
  }
  if (!options.mqtt.url.empty()) {
    VITRT_ASSIGN_OR_RETURN(sinks.mqtt_, MqttSink::Open(options.mqtt, note));
  }
  return sinks;
}

Status Sinks::Send(const Outgoing& record) {
  if (mqtt_) VITRT_RETURN_IF_ERROR(mqtt_->Send(record));
  if (modbus_) modbus_->Update(record);
  return {};
}

void Sinks::Finish() {
  if (mqtt_) mqtt_->Finish(kAcknowledgeTimeout);
}

}  // namespace vitrt::sinks

// A build without libmosquitto.
#include "runtime/line/sinks/mqtt_sink.h"

namespace vitrt::sinks {

struct MqttSink::Shared {};

MqttSink::MqttSink(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
MqttSink::MqttSink(MqttSink&&) noexcept = default;
MqttSink& MqttSink::operator=(MqttSink&&) noexcept = default;
MqttSink::~MqttSink() = default;

Result<MqttSink> MqttSink::Open(const MqttOptions&, Note) {
  return InvalidArgument("this build of vitrt has no MQTT", "--mqtt");
}

Status MqttSink::Send(const Outgoing&) { return {}; }
void MqttSink::Finish(std::chrono::milliseconds) {}

Result<std::string> MqttSink::DefaultBacklogPath(const std::string&) {
  return InvalidArgument("this build of vitrt has no MQTT", "--mqtt");
}

}  // namespace vitrt::sinks

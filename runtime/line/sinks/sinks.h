// Where records go beside files: --mqtt, --modbus.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/line/files/same_file.h"
#include "runtime/line/sinks/modbus_server.h"
#include "runtime/line/sinks/mqtt_sink.h"

namespace vitrt::sinks {

struct SinkOptions {
  MqttOptions mqtt;
  ModbusOptions modbus;
};

// Files that the options name, for line::CheckOutputs.
line::OutputFiles OutputsOf(const SinkOptions& options);
line::NamedFiles InputsOf(const SinkOptions& options);

// Movable. Thread-safe.
class Sinks {
 public:
  // labels: of the plans in use; a label of --good must be one of them. Errors: kInvalidArgument, kInternal.
  static Result<Sinks> Open(const SinkOptions& options, const std::vector<std::string>& labels, const Note& note);

  bool on() const { return mqtt_ || modbus_; }
  // Errors: kInternal (disk full): nothing went out; send it again.
  Status Send(const Outgoing& record);
  void Finish();

 private:
  Sinks() = default;
  std::optional<MqttSink> mqtt_;
  std::optional<ModbusServer> modbus_;
};

}  // namespace vitrt::sinks

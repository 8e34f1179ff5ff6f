// --mqtt tcp://host:port/topic: which broker, and which topics.
#pragma once

#include <cstdint>
#include <string>

#include "vitrt/status.h"

namespace vitrt::sinks {

struct MqttAddress {
  bool tls = false;
  std::string host;
  uint16_t port = 1883;
  std::string topic;  // ASCII; may hold "{camera}"
};

// Schemes: tcp and mqtt (port 1883 unless given), ssl and mqtts (8883). An IPv6 address stands in brackets. Errors:
// kInvalidArgument.
Result<MqttAddress> ParseMqttAddress(const std::string& url);

// The topic of a camera's records: "{camera}" becomes its name, in which all but ASCII and what a topic's level cannot
// hold is '_'.
std::string RecordTopic(const MqttAddress& address, const std::string& camera);
// Where "online" and, by the last will, "offline" are retained: the topic without a level "{camera}", then "/state".
std::string StateTopic(const MqttAddress& address);

}  // namespace vitrt::sinks

// --mqtt: records to a broker, QoS 1, by way of a backlog on disk.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "runtime/line/sinks/outgoing.h"
#include "vitrt/status.h"

namespace vitrt::sinks {

struct MqttOptions {
  std::string url{};                                      // mqtt_address.h; "": none
  std::string user{}, password_file{};                    // the password is the file's first line
  std::string ca_file{}, certificate_file{}, key_file{};  // PEM; "": the system's authorities, no certificate of ours
  std::string backlog{};                                  // "": in the state folder
  double backlog_megabytes = 64;
};

using Note = std::function<void(const std::string&)>;

// Send writes the message to the backlog; a thread publishes what is there, oldest first, and takes a message out only
// when the broker has acknowledged it. After a lost connection it begins again at the oldest. So each message arrives
// at least once, and the first arrivals are in order. Acknowledged messages are the broker's responsibility.
class MqttSink {
 public:
  // Does not wait for the broker. Errors: kInvalidArgument (address, files, a build without libmosquitto), kInternal
  // (the backlog).
  static Result<MqttSink> Open(const MqttOptions& options, Note note);
  MqttSink(MqttSink&&) noexcept;
  MqttSink& operator=(MqttSink&&) noexcept;
  ~MqttSink();

  // Errors: kInternal (disk full). Thread-safe.
  Status Send(const Outgoing& record);
  // Waits for acknowledgements, for so long at most, disconnects and notes what is left for the next
  // start. Nothing is sent after it.
  void Finish(std::chrono::milliseconds patience);

  // Where the backlog is kept unless told otherwise: in the state folder, one for each broker and topic.
  static Result<std::string> DefaultBacklogPath(const std::string& url);

 private:
  struct Shared;
  explicit MqttSink(std::shared_ptr<Shared> shared);
  std::shared_ptr<Shared> shared_;  // with the thread, which a connection that hangs may keep past this object
};

}  // namespace vitrt::sinks

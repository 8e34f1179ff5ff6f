// The network side of --mqtt: libmosquitto, on the thread that calls Publish. For mqtt_sink.cc only.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "runtime/line/sinks/backlog.h"
#include "runtime/line/sinks/mqtt_address.h"

namespace vitrt::sinks {

struct Login {
  MqttAddress address;
  std::string user, password;
  std::string ca_file, certificate_file, key_file;
};

// What the sink and its thread share.
struct PublisherState {
  PublisherState(Login given, Backlog on_disk, std::function<void(const std::string&)> notes)
      : login(std::move(given)),
        note(std::move(notes)),
        wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        backlog(std::move(on_disk)) {}
  ~PublisherState() {
    if (wake >= 0) close(wake);
  }
  PublisherState(const PublisherState&) = delete;
  PublisherState& operator=(const PublisherState&) = delete;

  void Wake() const {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake, &one, sizeof one);  // full: the thread is woken already
  }

  const Login login;
  const std::function<void(const std::string&)> note;
  const int wake;
  std::mutex mutex;
  Backlog backlog;                     // under the mutex
  std::atomic<bool> stopping = false;  // send no more, end
};

// Whether the library takes this login. Errors: kInvalidArgument (a certificate that does not load, no library).
Status CheckLogin(const Login& login);

// Connects, publishes and connects again until `stopping`. `acknowledged` is called after messages left the backlog.
void Publish(PublisherState* state, const std::function<void()>& acknowledged);

}  // namespace vitrt::sinks

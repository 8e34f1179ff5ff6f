#include "runtime/line/sinks/mqtt_sink.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/line/files/first_line.h"
#include "runtime/line/files/state_folder.h"
#include "runtime/line/sinks/mqtt_publisher.h"

namespace vitrt::sinks {
namespace {

// One file name a broker and topic, that a person can read.
std::string FileNameOf(const MqttAddress& address) {
  std::string name = "mqtt-" + address.host + "-" + std::to_string(address.port) + "-" + address.topic;
  for (char& c : name) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
    if (!plain) c = '_';
  }
  return name;
}

}  // namespace

struct MqttSink::Shared : PublisherState {
  using PublisherState::PublisherState;
  std::condition_variable changed;
  bool ended = false;
};

MqttSink::MqttSink(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
MqttSink::MqttSink(MqttSink&&) noexcept = default;
MqttSink& MqttSink::operator=(MqttSink&&) noexcept = default;

Result<std::string> MqttSink::DefaultBacklogPath(const std::string& url) {
  VITRT_ASSIGN_OR_RETURN(const MqttAddress address, ParseMqttAddress(url));
  return line::StatePath(FileNameOf(address), "--mqtt-backlog");
}

Result<MqttSink> MqttSink::Open(const MqttOptions& options, Note note) {
  Login login;
  VITRT_ASSIGN_OR_RETURN(login.address, ParseMqttAddress(options.url));
  login.user = options.user;
  if (!options.password_file.empty()) {
    if (options.user.empty()) return InvalidArgument("--mqtt-password-file without --mqtt-user", "command line");
    VITRT_ASSIGN_OR_RETURN(login.password, line::FirstLine(options.password_file));
  }
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return InvalidArgument("a certificate and its key belong together", "--mqtt-certificate, --mqtt-key");
  }
  const bool secrets = !options.ca_file.empty() || !options.certificate_file.empty();
  if (secrets && !login.address.tls) {
    return InvalidArgument("certificates are for TLS: the address begins with ssl:// or mqtts://", "--mqtt");
  }
  login.ca_file = options.ca_file;
  login.certificate_file = options.certificate_file;
  login.key_file = options.key_file;
  VITRT_RETURN_IF_ERROR(CheckLogin(login));
  std::string path = options.backlog;
  if (path.empty()) {
    VITRT_ASSIGN_OR_RETURN(path, DefaultBacklogPath(options.url));
  }
  VITRT_ASSIGN_OR_RETURN(Backlog backlog, Backlog::Open(path, static_cast<int64_t>(options.backlog_megabytes * 1e6)));
  auto shared = std::make_shared<Shared>(std::move(login), std::move(backlog), std::move(note));
  if (shared->wake < 0) return Internal("no descriptor for MQTT", "--mqtt");
  std::thread([shared] {
    Publish(shared.get(), [&] { shared->changed.notify_all(); });
    const std::lock_guard<std::mutex> lock(shared->mutex);
    shared->ended = true;
    shared->changed.notify_all();
  }).detach();
  return MqttSink(std::move(shared));
}

Status MqttSink::Send(const Outgoing& record) {
  std::string note;
  {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    const int64_t before = shared_->backlog.dropped();
    VITRT_RETURN_IF_ERROR(shared_->backlog.Push({RecordTopic(shared_->login.address, record.camera), record.json}));
    if (before == 0 && shared_->backlog.dropped() > 0) {
      note = "the backlog of MQTT is full, and its oldest predictions are dropped: " + shared_->backlog.path();
    }
  }
  if (!note.empty()) shared_->note(note);
  shared_->Wake();
  return {};
}

void MqttSink::Finish(std::chrono::milliseconds patience) {
  std::unique_lock<std::mutex> lock(shared_->mutex);
  shared_->changed.wait_for(lock, patience, [&] { return shared_->backlog.size() == 0 || shared_->ended; });
  shared_->stopping = true;
  shared_->Wake();
  shared_->changed.wait_for(lock, std::chrono::seconds(2), [&] { return shared_->ended; });
  const size_t left = shared_->backlog.size();
  const int64_t dropped = shared_->backlog.dropped();
  lock.unlock();
  if (left > 0) {
    shared_->note(std::to_string(left) + " predictions wait for the broker in " + shared_->backlog.path() +
                  ", and are sent at the next start");
  }
  if (dropped > 0)
    shared_->note(std::to_string(dropped) + " predictions were dropped, because the backlog of MQTT was full");
}

MqttSink::~MqttSink() {
  if (!shared_) return;
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  shared_->stopping = true;
  shared_->Wake();
}

}  // namespace vitrt::sinks

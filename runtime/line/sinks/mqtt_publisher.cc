#include "runtime/line/sinks/mqtt_publisher.h"

#include <mosquitto.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <thread>

#include "runtime/base/check.h"

namespace vitrt::sinks {
namespace {

using std::chrono::milliseconds;

constexpr int kQos = 1;
constexpr int kKeepAliveSeconds = 15;
constexpr size_t kWindow = 20;  // messages in flight: libmosquitto's default
constexpr milliseconds kCheckInterval{500};
constexpr milliseconds kFirstRetry{100}, kMaxRetryDelay{5000};
constexpr char kSystemAuthorities[] = "/etc/ssl/certs";

struct Destroy {
  void operator()(mosquitto* client) const { mosquitto_destroy(client); }
};
using Client = std::unique_ptr<mosquitto, Destroy>;

const char* Text(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

std::string Why(int code) { return code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code); }

void StartLibrary() {
  static std::once_flag once;
  std::call_once(once, [] { mosquitto_lib_init(); });
}

Status SetTls(const Login& login, mosquitto* client) {
  const char* folder = login.ca_file.empty() ? kSystemAuthorities : nullptr;
  const int code = mosquitto_tls_set(client, Text(login.ca_file), folder, Text(login.certificate_file),
                                     Text(login.key_file), nullptr);
  if (code == MOSQ_ERR_SUCCESS) return {};
  return InvalidArgument("a file for TLS cannot be read", "--mqtt-ca, --mqtt-certificate, --mqtt-key");
}

Result<Client> MakeClient(const Login& login, void* self) {
  StartLibrary();
  Client client(mosquitto_new(nullptr, /*clean_session=*/true, self));
  if (!client) return Internal("no memory for an MQTT client", "--mqtt");
  if (login.address.tls) VITRT_RETURN_IF_ERROR(SetTls(login, client.get()));
  if (!login.user.empty()) mosquitto_username_pw_set(client.get(), login.user.c_str(), Text(login.password));
  constexpr char kOffline[] = "offline";
  mosquitto_will_set(client.get(), StateTopic(login.address).c_str(), sizeof kOffline - 1, kOffline, kQos, true);
  mosquitto_max_inflight_messages_set(client.get(), kWindow);
  return client;
}

// One connection, from connecting to losing it.
class Connection {
 public:
  Connection(PublisherState* state, const std::function<void()>& acknowledged)
      : state_(*state), acknowledged_(acknowledged) {}

  // Until the connection is lost or the state is stopping. Why it was lost; "" when stopping.
  std::string Run() {
    Result<Client> client = MakeClient(state_.login, this);
    if (!client.ok()) return client.status().ToString();
    client_ = std::move(client).value();
    mosquitto_connect_callback_set(
        client_.get(), [](mosquitto*, void* self, int code) { static_cast<Connection*>(self)->Connected(code); });
    mosquitto_publish_callback_set(
        client_.get(), [](mosquitto*, void* self, int id) { static_cast<Connection*>(self)->Acknowledged(id); });
    const MqttAddress& address = state_.login.address;
    int code = mosquitto_connect(client_.get(), address.host.c_str(), address.port, kKeepAliveSeconds);
    while (code == MOSQ_ERR_SUCCESS && !refused_) {
      if (state_.stopping) {
        Leave();
        return {};
      }
      code = Feed();
      if (code == MOSQ_ERR_SUCCESS) code = Exchange();
    }
    return refused_ ? *refused_ : Why(code);
  }
  bool connected() const { return connected_; }

 private:
  struct InFlight {
    int id;
    bool acknowledged;
  };

  void Connected(int code) {
    if (code != 0) {
      refused_ = std::string("it refuses: ") + mosquitto_connack_string(code);
      return;
    }
    connected_ = true;
    PublishState("online");
  }

  void PublishState(const std::string& what) {
    const std::string topic = StateTopic(state_.login.address);
    mosquitto_publish(client_.get(), nullptr, topic.c_str(), static_cast<int>(what.size()), what.data(), kQos, true);
  }

  // Hands the library as many messages as may be in flight.
  int Feed() {
    if (!connected_) return MOSQ_ERR_SUCCESS;
    const std::lock_guard<std::mutex> lock(state_.mutex);
    while (in_flight_.size() < std::min(kWindow, state_.backlog.size())) {
      const Result<Message> message = state_.backlog.At(in_flight_.size());
      if (!message.ok()) {
        refused_ = message.status().ToString();
        return MOSQ_ERR_SUCCESS;
      }
      int id = 0;
      const int code =
          mosquitto_publish(client_.get(), &id, message->topic.c_str(), static_cast<int>(message->payload.size()),
                            message->payload.data(), kQos, false);
      if (code != MOSQ_ERR_SUCCESS) return code;
      in_flight_.push_back({id, false});
      state_.backlog.Hold(in_flight_.size());
    }
    return MOSQ_ERR_SUCCESS;
  }

  // The library's callbacks run in here.
  int Exchange() {
    const bool write = mosquitto_want_write(client_.get());
    pollfd descriptors[] = {{mosquitto_socket(client_.get()), static_cast<short>(write ? POLLIN | POLLOUT : POLLIN), 0},
                            {state_.wake, POLLIN, 0}};
    poll(descriptors, 2, static_cast<int>(kCheckInterval.count()));
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t taken = read(state_.wake, &count, sizeof count);
    int code = MOSQ_ERR_SUCCESS;
    if ((descriptors[0].revents & ~POLLOUT) != 0) code = mosquitto_loop_read(client_.get(), 1);
    if (code == MOSQ_ERR_SUCCESS && mosquitto_want_write(client_.get())) code = mosquitto_loop_write(client_.get(), 1);
    return code == MOSQ_ERR_SUCCESS ? mosquitto_loop_misc(client_.get()) : code;
  }

  // Acknowledgements may overtake each other; the backlog loses its oldest only.
  void Acknowledged(int id) {
    const auto found =
        std::find_if(in_flight_.begin(), in_flight_.end(), [&](const InFlight& m) { return m.id == id; });
    if (found == in_flight_.end()) return;  // "online"
    found->acknowledged = true;
    {
      const std::lock_guard<std::mutex> lock(state_.mutex);
      while (!in_flight_.empty() && in_flight_.front().acknowledged) {
        if (const Status status = state_.backlog.Pop(); !status.ok()) refused_ = status.ToString();
        in_flight_.pop_front();
      }
      state_.backlog.Hold(in_flight_.size());
    }
    acknowledged_();
  }

  // On a clean disconnect the broker drops the last will, so "offline" is published here.
  void Leave() {
    if (!connected_) return;
    PublishState("offline");
    mosquitto_disconnect(client_.get());
    for (int i = 0; i < 10 && mosquitto_want_write(client_.get()); ++i) {
      mosquitto_loop_write(client_.get(), 1);
      std::this_thread::sleep_for(milliseconds(1));
    }
  }

  PublisherState& state_;
  const std::function<void()>& acknowledged_;
  Client client_;
  std::deque<InFlight> in_flight_;  // the oldest of the backlog, in its order
  std::optional<std::string> refused_;
  bool connected_ = false;
};

void WaitForStop(const PublisherState& state, milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!state.stopping && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::min(time, milliseconds(50)));
  }
}

}  // namespace

Status CheckLogin(const Login& login) { return MakeClient(login, nullptr).status(); }

void Publish(PublisherState* state, const std::function<void()>& acknowledged) {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);  // OpenSSL writes to sockets that are gone
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  const MqttAddress& address = state->login.address;
  const std::string broker = address.host + " port " + std::to_string(address.port);
  std::string last_note;
  milliseconds retry = kFirstRetry;
  while (!state->stopping) {
    Connection connection(state, acknowledged);
    const std::string why = connection.Run();
    {
      const std::lock_guard<std::mutex> lock(state->mutex);
      state->backlog.Hold(0);
    }
    if (state->stopping) return;
    if (connection.connected()) retry = kFirstRetry;
    if (why != last_note || connection.connected())
      state->note(std::string("no MQTT broker at ").append(broker).append(": ").append(why).append("; trying again"));
    last_note = why;
    WaitForStop(*state, retry);
    retry = std::min(2 * retry, kMaxRetryDelay);
  }
}

}  // namespace vitrt::sinks

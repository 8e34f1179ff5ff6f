#include "runtime/line/sinks/modbus_server.h"

#include <modbus.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/line/sinks/register_map.h"

namespace vitrt::sinks {
namespace {

constexpr int kMaxClients = 16;             // for one more, the client that was silent longest is closed
constexpr uint32_t kRequestMicros = 50000;  // a request that has begun must be there within this time a byte
constexpr int kReadCoils = 1, kReadHoldingRegisters = 3;

struct Free {
  void operator()(modbus_t* context) const { modbus_free(context); }
  void operator()(modbus_mapping_t* mapping) const { modbus_mapping_free(mapping); }
};

// "host:port", "[v6]:port"; {"", ""}: neither.
std::pair<std::string, std::string> Split(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == address.npos || colon == 0 || colon + 1 == address.size()) return {};
  std::string host = address.substr(0, colon), port = address.substr(colon + 1);
  if (port.find_first_not_of("0123456789") != port.npos || port.size() > 5 || std::stoi(port) > 65535) return {};
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return {host, port};
}

int PortOf(int socket) {
  sockaddr_in6 address = {};  // the port stands at the same place for both families
  socklen_t size = sizeof address;
  return getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 ? ntohs(address.sin6_port) : 0;
}

}  // namespace

struct ModbusServer::Impl {
  explicit Impl(const ModbusOptions& options)
      : map(options.good, std::chrono::duration_cast<RegisterMap::Clock::duration>(
                              std::chrono::duration<double>(options.stale_seconds))) {}
  ~Impl();

  void Serve();
  void Accept();
  void Fill();
  bool Respond(int client);  // false: the connection is to be closed

  std::mutex mutex;
  RegisterMap map;  // under the mutex
  std::string where;
  std::unique_ptr<modbus_t, Free> context;
  std::unique_ptr<modbus_mapping_t, Free> mapping;
  int listener = -1, stop = -1;
  std::vector<int> clients;  // in the order of their last request
  std::thread thread;
};

ModbusServer::Impl::~Impl() {
  if (thread.joinable()) {
    const uint64_t one = 1;
    if (write(stop, &one, sizeof one) == sizeof one) thread.join();
  }
  for (const int client : clients) close(client);
  if (listener >= 0) close(listener);
  if (stop >= 0) close(stop);
}

void ModbusServer::Impl::Serve() {
  std::vector<pollfd> ready;
  for (;;) {
    ready = {{stop, POLLIN, 0}, {listener, POLLIN, 0}};
    for (const int client : clients) ready.push_back({client, POLLIN, 0});
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if (ready[0].revents != 0) return;
    for (size_t i = 2; i < ready.size(); ++i) {
      if (ready[i].revents == 0) continue;
      const int client = ready[i].fd;
      clients.erase(std::find(clients.begin(), clients.end(), client));
      if (Respond(client)) {
        clients.push_back(client);
      } else {
        close(client);
      }
    }
    if (ready[1].revents != 0) Accept();
  }
}

void ModbusServer::Impl::Accept() {
  const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  if (clients.size() == kMaxClients) {
    close(clients.front());
    clients.erase(clients.begin());
  }
  clients.push_back(client);
}

void ModbusServer::Impl::Fill() {
  const std::lock_guard<std::mutex> lock(mutex);
  const auto now = RegisterMap::Clock::now();
  for (int k = 0; k < kMaxCameras; ++k) {
    const CameraImage image = map.At(k, now);
    std::copy(image.registers.begin(), image.registers.end(), mapping->tab_registers + k * kCameraStride);
    mapping->tab_bits[k * kCameraStride] = image.reject;
  }
}

bool ModbusServer::Impl::Respond(int client) {
  uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
  modbus_set_socket(context.get(), client);
  const int bytes = modbus_receive(context.get(), request);
  if (bytes < 0) return false;
  if (bytes == 0) return true;
  const int function = request[modbus_get_header_length(context.get())];
  if (function != kReadCoils && function != kReadHoldingRegisters) {
    return modbus_reply_exception(context.get(), request, MODBUS_EXCEPTION_ILLEGAL_FUNCTION) >= 0;
  }
  Fill();
  return modbus_reply(context.get(), request, bytes, mapping.get()) >= 0;
}

ModbusServer::ModbusServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ModbusServer::ModbusServer(ModbusServer&&) noexcept = default;
ModbusServer& ModbusServer::operator=(ModbusServer&&) noexcept = default;
ModbusServer::~ModbusServer() = default;

Result<ModbusServer> ModbusServer::Listen(const ModbusOptions& options) {
  const auto [host, port] = Split(options.address);
  if (host.empty()) {
    return InvalidArgument("'" + options.address + "' is not host:port", "--modbus", "for example 127.0.0.1:502");
  }
  auto impl = std::make_unique<Impl>(options);
  impl->context.reset(modbus_new_tcp_pi(host.c_str(), port.c_str()));
  constexpr int kLast = (kMaxCameras - 1) * kCameraStride;
  impl->mapping.reset(modbus_mapping_new(kLast + 1, 0, kLast + kRegisters, 0));
  impl->stop = eventfd(0, EFD_CLOEXEC);
  if (!impl->context || !impl->mapping || impl->stop < 0) return Internal("no memory for a Modbus server", "--modbus");
  std::fill_n(impl->mapping->tab_bits, kLast + 1, uint8_t{1});  // coils without a camera read as reject
  modbus_set_indication_timeout(impl->context.get(), 0, kRequestMicros);
  modbus_set_byte_timeout(impl->context.get(), 0, kRequestMicros);
  impl->listener = modbus_tcp_pi_listen(impl->context.get(), kMaxClients);
  if (impl->listener < 0) {
    return InvalidArgument(std::string("cannot listen for Modbus: ") + modbus_strerror(errno), options.address);
  }
  impl->where = options.address.substr(0, options.address.rfind(':') + 1) + std::to_string(PortOf(impl->listener));
  impl->thread = std::thread([server = impl.get()] { server->Serve(); });
  return ModbusServer(std::move(impl));
}

void ModbusServer::Update(const Outgoing& record) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->map.Update(record, RegisterMap::Clock::now());
}

const std::string& ModbusServer::where() const { return impl_->where; }

}  // namespace vitrt::sinks

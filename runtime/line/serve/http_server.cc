#include "runtime/line/serve/http_server.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#ifdef VITRT_WITH_TLS
#include <boost/asio/ssl/context.hpp>
#endif
#include <csignal>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/line/serve/connection.h"

namespace vitrt::serve {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

struct HttpServer::Impl {
  Impl(const HttpOptions& options, Handler given) : acceptor(io), signals(io), drain_timer(io) {
    shared.options = options;
    shared.handler = std::move(given);
  }

  Status Open();
  void Accept();
  void Accepted(Tcp::socket socket);
  void WaitForSignal();
  void Stop();
  void LeaveIfDone();

  ServerState shared;  // declared before `io`, whose destructor ends the connections
#ifdef VITRT_WITH_TLS
  std::optional<asio::ssl::context> tls;
#endif
  asio::io_context io{1};
  Tcp::acceptor acceptor;
  asio::signal_set signals;
  asio::steady_timer drain_timer;
  std::function<void()> on_stop;
};

namespace {

#ifdef SIGHUP
constexpr int kHangup = SIGHUP;
#else
constexpr int kHangup = -1;  // Windows has none
#endif

#ifdef VITRT_WITH_TLS
// A certificate chain and its key. OpenSSL's errors end here.
Status LoadCertificate(const HttpOptions& options, std::optional<asio::ssl::context>* context) {
  asio::ssl::context& tls = context->emplace(asio::ssl::context::tls_server);
  error_code error;
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                  asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  tls.use_certificate_chain_file(options.certificate, error);
  if (error) return InvalidArgument("the certificate cannot be used: " + error.message(), options.certificate);
  tls.use_private_key_file(options.key, asio::ssl::context::pem, error);
  if (error) {
    return InvalidArgument("the key cannot be used, or is not the certificate's: " + error.message(), options.key);
  }
  return {};
}
#endif

}  // namespace

Status HttpServer::Impl::Open() {
  const HttpOptions& options = shared.options;
  error_code error;
  const asio::ip::address address = asio::ip::make_address(options.host, error);
  if (error)
    return InvalidArgument("'" + options.host + "' is no IP address", "--host", "for example 127.0.0.1 or ::1");
  const Tcp::endpoint endpoint(address, options.port);
  const std::string where = options.host + " port " + std::to_string(options.port);
  if (!options.certificate.empty()) {
#ifdef VITRT_WITH_TLS
    VITRT_RETURN_IF_ERROR(LoadCertificate(options, &tls));
#else
    return InvalidArgument("this build of vitrt has no TLS", "--tls-certificate");
#endif
  }
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return InvalidArgument("cannot listen: " + error.message(), where);
  return {};
}

void HttpServer::Impl::Accept() {
  acceptor.async_accept([this](error_code error, Tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
    if (!error) Accepted(std::move(socket));
    if (error == asio::error::no_descriptors || error == asio::error::no_memory) {
      // Nothing can be accepted until a connection closes: retry after a pause, not at once.
      drain_timer.expires_after(std::chrono::milliseconds(100));
      drain_timer.async_wait([this](error_code e) {
        if (!e) Accept();
      });
      return;
    }
    Accept();
  });
}

void HttpServer::Impl::Accepted(Tcp::socket socket) {
  if (shared.connections.load() >= shared.options.max_connections) return;  // closes it
  error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
#ifdef VITRT_WITH_TLS
  if (tls) return StartTlsConnection(std::move(socket), &*tls, &shared);
#endif
  StartConnection(std::move(socket), &shared);
}

// SIGHUP comes after files were rotated, which is noticed before the next line.
void HttpServer::Impl::WaitForSignal() {
  signals.async_wait([this](error_code error, int number) {
    if (!error && number == kHangup) return WaitForSignal();
    if (!error) Stop();
  });
}

void HttpServer::Impl::Stop() {
  error_code ignored;
  acceptor.close(ignored);
  if (on_stop) on_stop();
  shared.stopping = true;
  shared.last_closed = [this] { LeaveIfDone(); };
  for (OpenConnection* connection : shared.open) connection->CloseIfIdle();
  drain_timer.expires_after(shared.options.drain_timeout);
  drain_timer.async_wait([this](error_code error) {
    if (!error) io.stop();
  });
  LeaveIfDone();
}

void HttpServer::Impl::LeaveIfDone() {
  if (shared.connections.load() == 0) io.stop();
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

Result<HttpServer> HttpServer::Listen(const HttpOptions& options, Handler handler) {
  if (options.certificate.empty() != options.key.empty()) {
    return InvalidArgument("a certificate and its key belong together", "--tls-certificate, --tls-key");
  }
  auto impl = std::make_unique<Impl>(options, std::move(handler));
  VITRT_RETURN_IF_ERROR(impl->Open());
  return HttpServer(std::move(impl));
}

std::string HttpServer::url() const {
  const Tcp::endpoint endpoint = impl_->acceptor.local_endpoint();
  const std::string host = endpoint.address().to_string();
  return std::string(impl_->shared.options.certificate.empty() ? "http" : "https") + "://" +
         (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

int HttpServer::connections() const { return impl_->shared.connections.load(); }

void HttpServer::Run(const std::function<void()>& stopping) {
  impl_->on_stop = stopping;
  impl_->signals.add(SIGTERM);
  impl_->signals.add(SIGINT);
  if (kHangup > 0) impl_->signals.add(kHangup);
  impl_->WaitForSignal();
  impl_->Accept();
  impl_->io.run();
  impl_->shared.last_closed = nullptr;  // connections that the time limit cut off end with `io`
}

}  // namespace vitrt::serve

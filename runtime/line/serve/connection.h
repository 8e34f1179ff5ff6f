// One client's connection, and what all connections share. For http_server.cc only.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <set>

#include "runtime/line/serve/http_server.h"

namespace boost::asio::ssl {
class context;
}

namespace vitrt::serve {

class OpenConnection {
 public:
  virtual ~OpenConnection() = default;
  virtual void CloseIfIdle() = 0;  // closes where no request has begun
};

// Touched on the server's thread only, but for `connections`.
struct ServerState {
  HttpOptions options;
  HttpServer::Handler handler;
  std::atomic<int> connections{0};
  std::set<OpenConnection*> open;
  uint64_t held_bytes = 0;  // of bodies: read, or promised by a Content-Length
  bool stopping = false;
  std::function<void()> last_closed;  // called while stopping, when no connection is left
};

// `state`, and the TLS context, outlive the connection.
void StartConnection(boost::asio::ip::tcp::socket socket, ServerState* state);
void StartTlsConnection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls, ServerState* state);

}  // namespace vitrt::serve

// HTTP/1.1 on a socket: Boost.Beast parses and writes, one thread serves every connection, no connection holds a
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/line/serve/response.h"
#include "vitrt/status.h"

namespace vitrt::serve {

struct Request {
  std::string method, path;  // the path without its query
  std::string body;
  std::optional<uint64_t> json_bytes;  // Inference-Header-Content-Length
  std::chrono::steady_clock::time_point arrived;
};

struct HttpOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8000;          // 0: a free one
  std::string certificate, key;  // PEM files; both or neither
  std::string token;             // "" for none: then Authorization is not looked at

  uint64_t max_body_bytes = 64u << 20;    // of one request
  uint64_t max_total_bytes = 512u << 20;  // of all bodies that are held at once
  int max_connections = 4096;
  std::chrono::seconds header_timeout{10}, body_timeout{30}, idle_timeout{120};
  std::chrono::seconds drain_timeout{30};  // how long a stop waits for responses
};

class HttpServer {
 public:
  // Called on the server's thread; must not block. `respond` may be called later, from any thread, once.
  using Handler = std::function<void(Request, Respond)>;

  // Binds and listens. Errors: kInvalidArgument (an address that is not ours, a port in use, a certificate that does
  // not load or does not belong to the key).
  static Result<HttpServer> Listen(const HttpOptions& options, Handler handler);
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;
  ~HttpServer();

  std::string url() const;  // "http://127.0.0.1:8000"
  int connections() const;  // open now; thread-safe

  // Serves until SIGTERM or SIGINT; then accepts no more, responds to what was received, and returns. `stopping` is
  // called when the signal comes.
  void Run(const std::function<void()>& stopping);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrt::serve

// What goes back to a client, before HTTP puts it on a socket.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "vitrt/status.h"

namespace vitrt::serve {

struct Response {
  int status = 200;  // HTTP
  std::string body;
  const char* content_type = "application/json";
  std::optional<size_t> json_bytes;        // Inference-Header-Content-Length
  std::optional<int> retry_after_seconds;  // of 429 and 503
};

// May be called from any thread, once.
using Respond = std::function<void(Response)>;

// The HTTP status for `status`: 400 for what the client can correct, 404, 500, 503.
Response ErrorResponse(int http_status, const Status& status);
Response ErrorResponse(const Status& status);

}  // namespace vitrt::serve

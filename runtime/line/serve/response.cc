#include "runtime/line/serve/response.h"

#include "runtime/line/serve/protocol.h"

namespace vitrt::serve {

Response ErrorResponse(int http_status, const Status& status) {
  Response response;
  response.status = http_status;
  response.body = ErrorBody(status);
  return response;
}

Response ErrorResponse(const Status& status) {
  const bool clients = status.code() == StatusCode::kInvalidArgument || status.code() == StatusCode::kBadInput;
  return ErrorResponse(clients ? 400 : 500, status);
}

}  // namespace vitrt::serve

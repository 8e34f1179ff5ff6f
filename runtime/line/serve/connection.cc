#include "runtime/line/serve/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#ifdef VITRT_WITH_TLS
#include <boost/beast/ssl.hpp>
#endif
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace vitrt::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using beast::error_code;
using Clock = std::chrono::steady_clock;

constexpr uint32_t kMaxHeaderBytes = 16 << 10;
constexpr size_t kReadBytes = 64 << 10;
constexpr char kJsonBytesHeader[] = "Inference-Header-Content-Length";

// Takes a time that depends on `given` alone, so that response times do not reveal the token character by character.
bool SameToken(std::string_view given, std::string_view token) {
  unsigned char difference = given.size() != token.size();
  for (size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i] ^ token[i % token.size()]);
  }
  return difference == 0;
}

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

// The response status for a request that could not be read. 0: no response is possible.
int StatusOf(error_code error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit) return 431;
  if (error == beast::error::timeout) return 408;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  return error.category() == make_error_code(http::error::bad_method).category() ? 400 : 0;
}

void CloseStream(beast::tcp_stream* stream) {
  error_code ignored;
  stream->socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream->close();
}

// Stream: a beast::tcp_stream, or TLS over one. Lives as long as one of its operations is pending.
template <typename Stream>
class Connection final : public OpenConnection, public std::enable_shared_from_this<Connection<Stream>> {
 public:
  template <typename... Arguments>
  explicit Connection(ServerState* state, Arguments&&... arguments)
      : state_(*state), stream_(std::forward<Arguments>(arguments)...) {
    ++state_.connections;
    state_.open.insert(this);
  }
  ~Connection() override {
    Release();
    state_.open.erase(this);
    if (--state_.connections == 0 && state_.stopping && state_.last_closed) state_.last_closed();
  }

  void Start() {
#ifdef VITRT_WITH_TLS
    if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) {
      Lowest().expires_after(state_.options.header_timeout);
      return stream_.async_handshake(asio::ssl::stream_base::server,
                                     [self = this->shared_from_this()](error_code error) {
                                       if (!error) self->WaitForRequest();
                                     });
    }
#endif
    WaitForRequest();
  }

  void CloseIfIdle() override {
    if (idle_) CloseStream(&Lowest());
  }

 private:
  using Parser = http::request_parser<http::string_body>;

  beast::tcp_stream& Lowest() { return beast::get_lowest_layer(stream_); }

  // An idle connection may wait long for a request; once its header has begun, the header timeout applies.
  void WaitForRequest() {
    if (state_.stopping) return CloseStream(&Lowest());
    parser_.emplace();
    parser_->header_limit(kMaxHeaderBytes);
    parser_->body_limit(state_.options.max_body_bytes);
    if (buffer_.size() > 0) return ReadHeader();
    idle_ = true;
    Lowest().expires_after(state_.options.idle_timeout);
    stream_.async_read_some(buffer_.prepare(kReadBytes),
                            [self = this->shared_from_this()](error_code error, size_t bytes) {
                              self->idle_ = false;
                              if (error) return;
                              self->buffer_.commit(bytes);
                              self->ReadHeader();
                            });
  }

  void ReadHeader() {
    Lowest().expires_after(state_.options.header_timeout);
    http::async_read_header(stream_, buffer_, *parser_, [self = this->shared_from_this()](error_code error, size_t) {
      self->arrived_ = Clock::now();
      if (error) return self->Fail(error);
      self->CheckHeader();
    });
  }

  // Refuses a request before its body is read: without the token, or with a body above the memory limit.
  void CheckHeader() {
    const auto& message = parser_->get();
    if (!state_.options.token.empty()) {
      const std::string_view given = View(message[http::field::authorization]);
      if (given.substr(0, 7) != "Bearer " || !SameToken(given.substr(7), state_.options.token)) {
        return Refuse(401, "a valid bearer token is missing");
      }
    }
    const auto length = parser_->content_length();
    const uint64_t promised = length ? *length : parser_->chunked() ? state_.options.max_body_bytes : 0;
    if (promised > state_.options.max_total_bytes - state_.held_bytes) {
      return Refuse(503, "too many requests are being read");
    }
    held_ = promised;
    state_.held_bytes += held_;
    if (View(message[http::field::expect]) == "100-continue") return Continue();
    ReadBody();
  }

  void Continue() {
    auto proceed = std::make_shared<http::response<http::empty_body>>(http::status::continue_, 11);
    Lowest().expires_after(state_.options.header_timeout);
    http::async_write(stream_, *proceed, [self = this->shared_from_this(), proceed](error_code error, size_t) {
      if (!error) self->ReadBody();
    });
  }

  void ReadBody() {
    Lowest().expires_after(state_.options.body_timeout);
    http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](error_code error, size_t) {
      if (error) return self->Fail(error);
      self->Handle();
    });
  }

  void Handle() {
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    Request request;
    request.method = View(message.method_string());
    request.path = View(message.target());
    request.path.resize(std::min(request.path.find('?'), request.path.size()));
    request.arrived = arrived_;
    if (const auto header = message.find(kJsonBytesHeader); header != message.end()) {
      const std::string_view text = View(header->value());
      uint64_t bytes = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
      if (error != std::errc() || end != text.data() + text.size()) {
        return Refuse(400, std::string(kJsonBytesHeader) + " is no number");
      }
      request.json_bytes = bytes;
    }
    request.body = std::move(message.body());
    Lowest().expires_never();  // until the response is ready
    // A worker calls this, and lets go of the connection with it: whoever keeps the function, the connection ends on the
    // server's thread, whose state its destructor changes.
    state_.handler(std::move(request), [self = this->shared_from_this()](Response response) mutable {
      const auto executor = self->stream_.get_executor();
      asio::post(executor, [self = std::move(self), response = std::move(response)]() mutable {
        self->Write(std::move(response));
      });
    });
  }

  void Fail(error_code error) {
    if (const int status = StatusOf(error); status != 0)
      Refuse(status, "the request cannot be read: " + error.message());
  }

  // Responds before the whole request is read; the connection then closes, because the unread bytes would look like a
  // new request.
  void Refuse(int status, const std::string& why) {
    keep_alive_ = false;
    Response response = ErrorResponse(status, InvalidArgument(why));
    if (status == 503) response.retry_after_seconds = 1;
    Write(std::move(response));
  }

  void Write(Response response) {
    Release();
    keep_alive_ = keep_alive_ && !state_.stopping;
    auto message = std::make_shared<http::response<http::string_body>>(static_cast<http::status>(response.status), 11);
    message->set(http::field::server, "vitrt");
    message->set(http::field::content_type, response.json_bytes ? "application/octet-stream" : response.content_type);
    if (response.json_bytes) message->set(kJsonBytesHeader, std::to_string(*response.json_bytes));
    if (response.retry_after_seconds) {
      message->set(http::field::retry_after, std::to_string(*response.retry_after_seconds));
    }
    if (response.status == 401) message->set(http::field::www_authenticate, "Bearer");
    message->keep_alive(keep_alive_);
    message->body() = std::move(response.body);
    message->prepare_payload();
    Lowest().expires_after(state_.options.body_timeout);
    http::async_write(stream_, *message, [self = this->shared_from_this(), message](error_code error, size_t) {
      if (error) return;
      if (self->keep_alive_) return self->WaitForRequest();
      self->Close();
    });
  }

  // The client must read the response before the socket closes: bytes that it still sends would make the system reset
  // the connection.
  void Close() {
    error_code ignored;
    Lowest().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    Lowest().expires_after(std::chrono::seconds(1));
    Drain();
  }

  void Drain() {
    buffer_.clear();
    Lowest().async_read_some(buffer_.prepare(kReadBytes), [self = this->shared_from_this()](error_code error, size_t) {
      if (!error) self->Drain();
    });
  }

  void Release() {
    state_.held_bytes -= held_;
    held_ = 0;
  }

  ServerState& state_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Clock::time_point arrived_;
  uint64_t held_ = 0;
  bool keep_alive_ = false, idle_ = false;
};

}  // namespace

void StartConnection(asio::ip::tcp::socket socket, ServerState* state) {
  std::make_shared<Connection<beast::tcp_stream>>(state, std::move(socket))->Start();
}

#ifdef VITRT_WITH_TLS
void StartTlsConnection(asio::ip::tcp::socket socket, asio::ssl::context* tls, ServerState* state) {
  std::make_shared<Connection<beast::ssl_stream<beast::tcp_stream>>>(state, std::move(socket), *tls)->Start();
}
#endif

}  // namespace vitrt::serve

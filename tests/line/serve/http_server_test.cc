// The server's connections: they end on its own thread, whoever keeps what responds to them.
#include "runtime/line/serve/http_server.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

namespace vitrt::serve {
namespace {

// What the server sends back, up to the end of the connection.
std::string Ask(int port, const std::string& request) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(socket >= 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(::send(socket, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
  std::string text;
  char part[512];
  for (ssize_t n = 0; (n = ::recv(socket, part, sizeof(part), 0)) > 0;) text.append(part, static_cast<size_t>(n));
  ::close(socket);
  return text;
}

TEST_CASE("a connection ends when it is closed, although a worker still keeps the function that responded to it") {
  Respond kept;
  std::thread worker;
  HttpOptions options;
  options.port = 0;
  auto server = HttpServer::Listen(options, [&](const Request&, Respond respond) {
    kept = std::move(respond);
    worker = std::thread([&] {
      Response response;
      response.status = 200;
      response.body = "done";
      kept(std::move(response));
    });
  });
  REQUIRE_MESSAGE(server.ok(), server.status().ToString());
  std::thread serving([&] { server->Run([] {}); });
  const std::string url = server->url();
  const std::string got =
      Ask(std::stoi(url.substr(url.rfind(':') + 1)), "GET /x HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  CHECK_MESSAGE(got.find("done") != std::string::npos, got);
  worker.join();
  for (int i = 0; i < 2000 && server->connections() > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(server->connections() == 0);
  kept = nullptr;
  std::raise(SIGTERM);
  serving.join();
}

}  // namespace
}  // namespace vitrt::serve

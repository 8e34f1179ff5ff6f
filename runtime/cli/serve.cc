// vitrt serve: inference over HTTP, by the Open Inference Protocol.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "runtime/base/check.h"
#include "runtime/base/cpus.h"
#include "runtime/cli/command.h"
#include "runtime/cli/common/within.h"
#include "runtime/line/files/first_line.h"
#include "runtime/line/serve/server.h"

namespace vitrt::cli {
namespace {

struct ServeOptions {
  std::vector<std::string> plans;
  serve::HttpOptions http;
  int workers = 0, queue = 0, header_timeout = 10;
  double max_request_mb = 64;
  std::string token_file;
  ExitOptions exits;
  AuditOptions audit;
  sinks::SinkOptions sinks;
  CommonOptions common;
};

Result<int> Serve(const ServeOptions& o) {
  serve::ServerOptions server;
  VITRT_ASSIGN_OR_RETURN(server.plans, serve::ParseNamedPlans(o.plans));
  server.http = o.http;
  server.http.header_timeout = std::chrono::seconds(o.header_timeout);
  server.http.max_body_bytes = static_cast<uint64_t>(o.max_request_mb * 1e6);
  server.http.max_total_bytes = std::max(server.http.max_total_bytes, server.http.max_body_bytes);
  if (!o.token_file.empty()) {
    VITRT_ASSIGN_OR_RETURN(server.http.token, FirstLine(o.token_file));
  }
  server.model.threads = std::max(o.common.threads, 1);
  server.workers = o.workers > 0 ? o.workers : std::max(DefaultThreads() / server.model.threads, 1);
  server.model.sessions = server.workers;
  server.model.engine = EngineOptionsOf(o.common);
  server.model.exits = o.exits;
  server.queue_limit = static_cast<size_t>(o.queue > 0 ? o.queue : 2 * server.workers);
  server.audit = o.audit;
  server.sinks = o.sinks;
  server.inputs = {{"--token-file", o.token_file}};
  server.model.kept = !o.audit.log.empty();
  server.version = VITRT_VERSION;
  server.note = PrintNote;
  server.listening = [json = o.common.json](const std::string& url) {
    std::printf(json ? "{\"url\": \"%s\"}\n" : "listening on %s\n", url.c_str());
    std::fflush(stdout);
  };
  VITRT_RETURN_IF_ERROR(serve::Serve(server));
  return 0;
}

}  // namespace

Run AddServe(CLI::App* app) {
  auto o = std::make_shared<ServeOptions>();
  app->add_option("plans", o->plans,
                  "plans and the names that clients know them by; a new file renamed over one is picked up")
      ->required()
      ->type_name("NAME=PLAN");
  const char* network = "Network";
  app->add_option("--host", o->http.host, "IP address to listen on (default 127.0.0.1)")
      ->type_name("ADDRESS")
      ->group(network);
  app->add_option("--port", o->http.port, "port (default 8000; 0: a free one)")->type_name("PORT")->group(network);
  app->add_option("--tls-certificate", o->http.certificate, "serve HTTPS with this certificate chain")
      ->type_name("FILE.pem")
      ->group(network);
  app->add_option("--tls-key", o->http.key, "its private key")->type_name("FILE.pem")->group(network);
  app->add_option("--token-file", o->token_file, "accept only requests with the bearer token in this file")
      ->type_name("FILE")
      ->group(network);
  const char* limits = "Limits";
  app->add_option("--workers", o->workers, "requests run at the same time (default: cores / --threads)")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N")
      ->group(limits);
  app->add_option("--queue", o->queue, "requests that may wait; more get status 429 (default: two for each worker)")
      ->check(CLI::Range(1, 1000000).description(""))
      ->type_name("N")
      ->group(limits);
  app->add_option("--max-request-mb", o->max_request_mb, "largest request (default 64)")
      ->check(Within(0.001, 4096.0))
      ->type_name("MB")
      ->group(limits);
  app->add_option("--header-timeout", o->header_timeout, "a request's header must arrive within this time (default 10)")
      ->check(CLI::Range(1, 3600).description(""))
      ->type_name("S")
      ->group(limits);
  AddExitOptions(app, &o->exits);
  AddLogOptions(app, &o->audit);
  AddSinkOptions(app, &o->sinks);
  AddCommonOptions(app, true, &o->common);
  return [o] { return Serve(*o); };
}

}  // namespace vitrt::cli

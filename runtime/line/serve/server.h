// `vitrt serve`: plans under names, over HTTP.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/line/audit/audit_options.h"
#include "runtime/line/serve/http_server.h"
#include "runtime/line/serve/served_model.h"
#include "runtime/line/sinks/sinks.h"

namespace vitrt::serve {

struct NamedPlan {
  std::string name, path;
};

// "NAME=model.plan". Errors: kInvalidArgument.
Result<std::vector<NamedPlan>> ParseNamedPlans(const std::vector<std::string>& arguments);

struct ServerOptions {
  std::vector<NamedPlan> plans;
  HttpOptions http;
  ModelOptions model;
  int workers = 1;
  size_t queue_limit = 2;
  audit::AuditOptions audit;                          // the log
  sinks::SinkOptions sinks;                           // each model is a camera
  line::NamedFiles inputs;                            // more files that no output may be
  std::string version;                                // of the server, for metadata and metrics
  std::function<void(const std::string&)> note;       // messages for an operator; called from several threads
  std::function<void(const std::string&)> listening;  // the URL, once requests are accepted
};

// Serves until SIGTERM or SIGINT, then responds to what was received and returns. A plan that does not load is noted;
// the others are served. Errors: kInvalidArgument (cannot listen), the first plan's error where no plan loads.
Status Serve(const ServerOptions& options);

}  // namespace vitrt::serve

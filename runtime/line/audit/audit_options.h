// --log, --metrics and --shadow.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runtime/line/files/append_file.h"
#include "runtime/line/files/same_file.h"

namespace vitrt::audit {

struct AuditOptions {
  std::string log{}, metrics{};  // "": none
  double log_megabytes = 64;
  int log_keep = 10;
  double shadow = 0;  // share of the images
};

line::OutputFiles OutputsOf(const AuditOptions& options);

// The log that they name. Errors: those of AppendFile::Open.
Result<line::AppendFile> OpenLog(const AuditOptions& options);

// The process that runs the plan.
struct AuditContext {
  std::string version;
  int threads = 1;
  std::optional<double> deadline_ms;
  std::function<void(const std::string&)> note;  // receives messages for an operator that no call returns
};

}  // namespace vitrt::audit

// Options that several commands share.
#pragma once

#include <string>

#include "runtime/line/audit/audit_options.h"
#include "runtime/line/prediction/exit_options.h"

namespace CLI {
class App;
}
namespace vitrt::audit {
class Auditor;
}
namespace vitrt::sinks {
struct SinkOptions;
}

namespace vitrt::cli {

// Commands use these without their namespaces.
using namespace line;  // NOLINT(google-build-using-namespace): the commands speak the names of runtime/line
using audit::AuditOptions;
using audit::Auditor;

struct CommonOptions {
  bool json = false;
  int threads = 0;  // 0: what the affinity mask and the cgroup quota allow
  std::string isa;  // "": what the machine offers
  bool no_mmap = false, huge_pages = false, no_tune_file = false;
};

// --json, --threads and, for commands that run a plan, --isa, --no-mmap, --huge-pages and --no-tune-file.
void AddCommonOptions(CLI::App* app, bool runs_plan, CommonOptions* options);

void AddExitOptions(CLI::App* app, ExitOptions* options);    // --threshold, --exit, --exit-policy and --deadline-ms
void AddLogOptions(CLI::App* app, AuditOptions* options);    // --log and its size
void AddAuditOptions(CLI::App* app, AuditOptions* options);  // these, --metrics and --shadow
void AddSinkOptions(CLI::App* app, sinks::SinkOptions* options);  // --mqtt, --modbus and what belongs to them

}  // namespace vitrt::cli

// Records every prediction of a run, for --log, --metrics and --shadow.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "runtime/line/audit/audit_options.h"
#include "runtime/line/audit/metrics.h"
#include "runtime/line/audit/prediction_record.h"
#include "runtime/line/files/append_file.h"
#include "vitrt/engine.h"
#include "vitrt/session.h"

namespace vitrt::audit {

// A log that cannot be written does not stop inference: the first loss is noted, and Finish returns their number.
class Auditor {
 public:
  // Errors: kInternal (a log that cannot be opened, metrics that cannot be written), kInvalidArgument (--shadow for a
  // plan without exits, a file that holds something else).
  static Result<Auditor> Create(const AuditOptions& options, const AuditContext& context);

  // Sets the options that make a run measure what records need.
  void Prepare(RunOptions* run) const { run->measure_input = on(); }
  // The plan that is run from now on. Errors: kBadPlan (the file cannot be read).
  Status UsePlan(const Engine& engine, const RunOptions& run);

  // Call after the prediction is out: a shadow run takes the session (and `prediction` with it) to the last exit.
  // Gives the class of the last exit, where the image was of the shadow sample.
  Result<std::optional<int>> Classified(const Source& source, std::span<const std::byte> file,
                                        const Prediction& prediction, Session* session);
  void Refused(const Source& source, const Status& why);

  // Writes the metrics a last time. Errors: kInternal where lines were lost.
  Status Finish();

 private:
  Auditor(const AuditOptions& options, const AuditContext& context);
  bool on() const { return log_ || !options_.metrics.empty(); }
  void Keep(const Record& record);
  Status WriteMetrics() const;

  AuditOptions options_;
  AuditContext context_;
  std::optional<line::AppendFile> log_;
  Metrics metrics_;
  std::chrono::steady_clock::time_point metrics_written_{};
  int64_t lost_ = 0;  // lines of the log
  bool metrics_fail_ = false;

  std::optional<Engine> engine_;
  ExitPolicy policy_ = ExitPolicy::kMaxProb;
  std::string plan_sha256_, model_, options_json_;
};

}  // namespace vitrt::audit

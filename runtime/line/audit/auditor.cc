#include "runtime/line/audit/auditor.h"

#include "runtime/base/check.h"
#include "runtime/digest/sha256.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/audit/model_identity.h"
#include "runtime/line/audit/prediction_record.h"
#include "runtime/line/audit/shadow.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/images/record_images.h"
#include "runtime/line/prediction/exit_options.h"
#include "runtime/line/prediction/prediction_format.h"

namespace vitrt::audit {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kMetricsEvery{1};

}  // namespace

Result<line::AppendFile> OpenLog(const AuditOptions& options) {
  const auto bytes = static_cast<int64_t>(options.log_megabytes * 1e6);
  return line::AppendFile::Open(options.log, {.kind = line::kinds::kLog, .max_bytes = bytes, .keep = options.log_keep});
}

line::OutputFiles OutputsOf(const AuditOptions& options) {
  return {{"--log", options.log, &line::kinds::kLog}, {"--metrics", options.metrics, &line::kinds::kMetrics}};
}

Auditor::Auditor(const AuditOptions& options, const AuditContext& context)
    : options_(options), context_(context), metrics_(context.version, context.deadline_ms) {}

Result<Auditor> Auditor::Create(const AuditOptions& options, const AuditContext& context) {
  if (options.shadow > 0 && options.log.empty() && options.metrics.empty()) {
    return InvalidArgument("--shadow without --log or --metrics", "command line");
  }
  Auditor auditor(options, context);
  if (!options.log.empty()) {
    VITRT_ASSIGN_OR_RETURN(auditor.log_, OpenLog(options));
  }
  return auditor;
}

Status Auditor::UsePlan(const Engine& engine, const RunOptions& run) {
  if (!on()) return {};
  const PlanInfo& info = engine.info();
  if (options_.shadow > 0 && info.exits.empty()) return InvalidArgument("the plan has no exits", "--shadow");
  engine_ = engine;
  VITRT_ASSIGN_OR_RETURN(plan_sha256_, Sha256OfFiles({info.path}));
  options_json_ = OptionsJson(engine, run, context_.threads);
  policy_ = run.policy.value_or(PolicyOf(engine));
  if (options_.shadow > 0) model_ = ModelIdentity(engine);
  metrics_.WatchPromise(options_.shadow > 0 ? PromisedRate(info, run) : std::nullopt);
  return WriteMetrics();
}

Result<std::optional<int>> Auditor::Classified(const Source& source, std::span<const std::byte> file,
                                               const Prediction& prediction, Session* session) {
  if (!on()) return std::optional<int>();
  const PlanInfo& info = engine_->info();
  Record record = RecordOf(info, source, prediction);
  const uint64_t hash = ImageHash(file);
  record.image_xxh3 = HashText(hash);
  std::optional<int> last;
  if (InSample(hash, options_.shadow)) {
    VITRT_ASSIGN_OR_RETURN(const line::ExitOutputs outputs, line::RunAllExits(file, policy_, *engine_, session));
    last = outputs.predicted.back();
    record.shadow = Shadow{line::LabelOf(info, *last), *last, outputs.confidence.back()};
    for (size_t k = 0; k < outputs.predicted.size(); ++k)
      record.shadow->exits.push_back({outputs.predicted[k], outputs.confidence[k]});
  }
  Keep(record);
  return last;
}

void Auditor::Refused(const Source& source, const Status& why) {
  if (!on()) return;
  Keep(RefusalRecord(source, why));
}

void Auditor::Keep(const Record& given) {
  Record record = given;
  record.plan = plan_sha256_;
  record.model = model_;
  record.options = options_json_;
  metrics_.Count(record);
  if (log_) {
    const Status status = log_->Append(ToLine(record));
    if (!status.ok()) {
      if (lost_++ == 0) context_.note(status.ToString() + "; inference continues");
      metrics_.CountLostLine();
    }
  }
  if (Clock::now() - metrics_written_ < kMetricsEvery) return;
  metrics_written_ = Clock::now();
  const Status status = WriteMetrics();
  if (!status.ok() && !metrics_fail_) context_.note(status.ToString() + "; inference continues");
  metrics_fail_ = !status.ok();
}

Status Auditor::WriteMetrics() const {
  if (options_.metrics.empty()) return {};
  const std::string text = metrics_.Text();
  return line::WriteFile(options_.metrics, std::as_bytes(std::span(text)));
}

Status Auditor::Finish() {
  VITRT_RETURN_IF_ERROR(WriteMetrics());
  if (lost_ == 0) return {};
  return Internal(std::to_string(lost_) + " predictions could not be logged", options_.log);
}

}  // namespace vitrt::audit

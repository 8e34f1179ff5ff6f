#include "runtime/line/audit/auditor.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "runtime/base/check.h"
#include "runtime/base/isa.h"
#include "runtime/digest/sha256.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/answer/exit_options.h"
#include "runtime/line/answer/prediction_format.h"
#include "runtime/line/audit/model_identity.h"
#include "runtime/line/audit/record.h"
#include "runtime/line/audit/shadow.h"
#include "runtime/line/files/output_file.h"
#include "runtime/line/images/record_images.h"
#include "runtime/line/text/json_line.h"

namespace vitrt::audit {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kMetricsEvery{1};
const line::FileKind kLog = {"a log of --log", "{\"time\":\""}, kMetrics = {"a file of --metrics", "# HELP vitrt_"};

// The rate that the plan's thresholds were certified for, where they are in force.
std::optional<double> Promised(const PlanInfo& info, const RunOptions& run) {
  const bool as_certified = run.thresholds.empty() && run.enabled.empty() && !run.policy && !run.force_exit &&
                            !run.deadline_ms && info.promised_disagreement > 0;
  return as_certified ? std::optional(info.promised_disagreement) : std::nullopt;
}

// What decided about the exits, after the plan's defaults and the command line's overrides.
std::string OptionsJson(const Engine& engine, const RunOptions& run, int threads) {
  nlohmann::ordered_json json = {{"policy", line::PolicyName(run.policy.value_or(PolicyOf(engine)))}};
  json["thresholds"] = nlohmann::ordered_json::array();
  const std::vector<ExitInfo>& exits = engine.info().exits;
  for (size_t k = 0; k + 1 < exits.size(); ++k) {
    const bool overridden = k < run.thresholds.size() && run.thresholds[k];
    if (exits[k].enabled) {
      json["thresholds"].push_back(line::ShortDecimal(overridden ? *run.thresholds[k] : exits[k].threshold));
    } else {
      json["thresholds"].push_back(nullptr);
    }
  }
  if (run.force_exit) json["exit"] = exits[static_cast<size_t>(*run.force_exit)].name;
  if (run.deadline_ms) json["deadline_ms"] = *run.deadline_ms;
  if (const std::optional<double> promised = Promised(engine.info(), run)) json["promised"] = *promised;
  json["isa"] = IsaName(engine.isa());
  json["threads"] = threads;
  return json.dump();
}

float Margin(std::span<const float> p) {
  if (p.size() < 2) return p.empty() ? 0 : p[0];
  float first = 0, second = 0;
  for (const float v : p) {
    if (v > first) {
      second = std::exchange(first, v);
    } else {
      second = std::max(second, v);
    }
  }
  return first - second;
}

Record RecordFrom(const Source& source) {
  Record r;
  r.time = TimeNow();
  r.image = source.image;
  r.camera = source.camera;
  r.part = source.part;
  r.latency_ms = source.latency_ms;
  return r;
}

Record RecordOf(const PlanInfo& info, const Source& source, const Prediction& p) {
  Record r = RecordFrom(source);
  r.label = line::LabelOf(info, p.label);
  r.class_index = p.label;
  const float none = std::nanf("");
  r.probability = p.label < 0 ? none : p.probability;
  r.confidence = p.label < 0 ? none : p.confidence;
  r.margin = p.label < 0 ? none : Margin(p.probabilities);
  r.input_mean = p.input.mean;
  r.input_deviation = p.input.deviation;
  r.exit = p.exit;
  r.exit_name = p.exit < 0 ? "none" : info.exits[static_cast<size_t>(p.exit)].name;
  r.decode_ms = p.times.decode_ms;
  r.preprocess_ms = p.times.preprocess_ms;
  r.run_ms = p.times.run_ms;
  r.flags = line::FlagNames(p);
  return r;
}

}  // namespace

line::NamedFiles OutputsOf(const AuditOptions& options) {
  return {{"--log", options.log}, {"--metrics", options.metrics}};
}

Auditor::Auditor(const AuditOptions& options, const AuditContext& context)
    : options_(options), context_(context), metrics_(context.version, context.deadline_ms) {}

Result<Auditor> Auditor::Create(const AuditOptions& options, const AuditContext& context) {
  if (options.shadow > 0 && options.log.empty() && options.metrics.empty()) {
    return InvalidArgument("--shadow without --log or --metrics", "command line");
  }
  Auditor auditor(options, context);
  if (!options.log.empty()) {
    const auto bytes = static_cast<int64_t>(options.log_megabytes * 1e6);
    VITRT_ASSIGN_OR_RETURN(
        auditor.log_,
        line::AppendFile::Open(options.log, {.kind = kLog, .max_bytes = bytes, .keep = options.log_keep}));
  }
  if (!options.metrics.empty()) VITRT_RETURN_IF_ERROR(line::CheckKind(options.metrics, kMetrics));
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
  metrics_.WatchPromise(options_.shadow > 0 ? Promised(info, run) : std::nullopt);
  return WriteMetrics();
}

Status Auditor::Answered(const Source& source, std::span<const std::byte> file, const Prediction& prediction,
                         Session* session) {
  if (!on()) return {};
  const PlanInfo& info = engine_->info();
  Record record = RecordOf(info, source, prediction);
  const uint64_t hash = ImageHash(file);
  record.image_xxh3 = HashText(hash);
  if (InSample(hash, options_.shadow)) {
    VITRT_ASSIGN_OR_RETURN(const line::ExitOutputs said, line::RunAllExits(file, policy_, *engine_, session));
    record.shadow = Shadow{line::LabelOf(info, said.predicted.back()), said.predicted.back(), said.confidence.back()};
    for (size_t k = 0; k < said.predicted.size(); ++k)
      record.shadow->exits.push_back({said.predicted[k], said.confidence[k]});
  }
  Keep(record);
  return {};
}

void Auditor::Refused(const Source& source, const Status& why) {
  if (!on()) return;
  Record record = RecordFrom(source);
  record.error = why.what();
  Keep(record);
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
      if (lost_++ == 0) context_.note(status.ToString() + "; answering goes on");
      metrics_.CountLostLine();
    }
  }
  if (Clock::now() - metrics_written_ < kMetricsEvery) return;
  metrics_written_ = Clock::now();
  const Status status = WriteMetrics();
  if (!status.ok() && !metrics_fail_) context_.note(status.ToString() + "; answering goes on");
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
  return Internal(std::to_string(lost_) + " answers could not be logged", options_.log);
}

}  // namespace vitrt::audit

#include "runtime/line/evidence/shadow_log.h"

#include <cmath>
#include <set>

#include "runtime/base/check.h"
#include "runtime/digest/sha256.h"
#include "runtime/line/audit/model_identity.h"
#include "runtime/line/monitor/history.h"
#include "runtime/line/prediction/exit_options.h"

namespace vitrt::line {
namespace {

Status NothingToUse(const ShadowLog& log, const std::string& path) {
  if (log.shadow == 0) {
    return BadInput("none of the " + std::to_string(log.lines) + " lines was also run to the last exit", path,
                    "vitrt watch or infer with --log and --shadow SHARE writes such lines");
  }
  if (log.without_exits == log.shadow) {
    return BadInput("its shadow lines do not hold every exit's prediction", path, "this version of vitrt writes it");
  }
  return BadInput("its shadow lines have the confidences of another policy", path,
                  "give the log's policy with --exit-policy");
}

class Collector {
 public:
  Collector(ExitPolicy policy, const Engine& engine)
      : policy_(PolicyName(policy)), model_(audit::ModelIdentity(engine)), info_(engine.info()) {
    calibration::Records& r = log_.recording.records;
    r.exits = static_cast<int>(info_.exits.size());
    r.classes = static_cast<int>(info_.exits.back().classes);
    outputs_.resize(info_.exits.size());
  }

  // Errors: kBadInput for a line of another model.
  Status Take(const audit::Record& record) {
    ++log_.lines;
    if (!record.shadow) return {};
    if (record.model != model_) {
      return BadInput(record.model.empty() ? "a line does not name its model: an older vitrt wrote it"
                                           : "a line is of another model (" + record.model.substr(0, 12) + ")",
                      record.time, "calibrate with the plan that wrote the log; thresholds do not matter");
    }
    ++log_.shadow;
    const std::vector<audit::ShadowExit>& exits = record.shadow->exits;
    if (exits.size() != outputs_.size()) {
      ++log_.without_exits;
      return {};
    }
    if (record.policy != policy_) {
      ++log_.other_policy;
      return {};
    }
    std::string& machine = log_.recording.machine;
    if (machine.empty()) machine = record.machine;
    if (record.machine != machine) {
      return BadInput("its lines were written with different arithmetic: " + machine + "; " + record.machine,
                      record.time, "a certificate names one; calibrate with the lines of one");
    }
    if (!seen_.insert(record.image_xxh3).second) {
      ++log_.copies;
      return {};
    }
    for (const audit::ShadowExit& exit : exits) {
      if (exit.class_index < -1 || exit.class_index >= log_.recording.records.classes)
        return BadInput("a shadow line holds a class that the plan does not have", record.time);
    }
    for (size_t k = 0; k < exits.size(); ++k) outputs_[k].push_back(exits[k]);
    hashes_ += record.image_xxh3 + "\n";
    log_.recording.inputs.push_back({record.input_mean, record.input_deviation});
    return {};
  }

  ShadowLog Finish(int64_t bad_lines) {
    calibration::Records& r = log_.recording.records;
    r.images = static_cast<int>(outputs_.front().size());
    for (const auto& exit : outputs_) {
      for (const audit::ShadowExit& output : exit) {
        r.confidence.push_back(output.class_index < 0 ? std::nanf("") : output.confidence);
        r.predicted.push_back(output.class_index);
      }
    }
    log_.recording.data_sha256 = Sha256(std::as_bytes(std::span(hashes_)));
    log_.bad_lines = bad_lines;
    return std::move(log_);
  }

 private:
  std::string policy_, model_;
  const PlanInfo& info_;
  std::vector<std::vector<audit::ShadowExit>> outputs_;  // [exit][image]
  std::set<std::string> seen_;
  std::string hashes_;
  ShadowLog log_;
};

}  // namespace

Result<ShadowLog> ReadShadowLog(const std::string& path, ExitPolicy policy, const Engine& engine) {
  Collector collector(policy, engine);
  VITRT_ASSIGN_OR_RETURN(const int64_t bad_lines,
                         monitor::ReadRecords(path, [&](audit::Record&& record) { return collector.Take(record); }));
  ShadowLog log = collector.Finish(bad_lines);
  if (log.recording.records.images == 0) return NothingToUse(log, path);
  return log;
}

}  // namespace vitrt::line

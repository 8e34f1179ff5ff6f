// Counts and logs every prediction of the server, and sends it to the sinks (MQTT, Modbus).
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/line/audit/metrics.h"
#include "runtime/line/audit/prediction_record.h"
#include "runtime/line/files/append_file.h"
#include "runtime/line/serve/served_model.h"
#include "runtime/line/sinks/sinks.h"

namespace vitrt::serve {

struct PredictionRecorderOptions {
  std::string version;
  std::vector<std::string> models;  // names, in the order in which they have registers
  std::optional<double> deadline_ms;
  int threads = 1;  // of a session
  std::optional<line::AppendFile> log;
  sinks::Sinks sinks;
  std::function<void(const std::string&)> note;
};

// One image of a request.
struct ServedImage {
  audit::Source source;  // the camera is the model
  std::string hash;      // "" where nothing keeps it
  RunOptions run;
};

// A log or a backlog that cannot be written does not stop inference: the first loss is noted. Thread-safe.
class PredictionRecorder {
 public:
  explicit PredictionRecorder(PredictionRecorderOptions options);

  // Whether hashes of images are asked for.
  bool keeps() const { return keeps_; }
  void UsePlan(const std::string& model, const std::string& sha256);
  void Classified(const Generation& generation, const ServedImage& image, const Prediction& prediction);
  void Refused(const Generation& generation, const ServedImage& image, const Status& why);

  // Families as in the file of --metrics, with the label "model".
  void AddTo(audit::PrometheusText* text) const;
  // Waits for the sinks. Errors: kInternal where lines of the log were lost.
  Status Finish();

 private:
  struct Model {
    int index;
    audit::Metrics metrics;
  };
  void Keep(const Generation& generation, const ServedImage& image, audit::Record record);
  void Send(const sinks::Outgoing& out);

  const bool keeps_;
  PredictionRecorderOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, Model> models_;
  int64_t lost_lines_ = 0, lost_messages_ = 0;
};

}  // namespace vitrt::serve

// The paths of the Open Inference Protocol, version 2, and /metrics.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/line/serve/http_server.h"
#include "runtime/line/serve/prediction_recorder.h"
#include "runtime/line/serve/scheduler.h"
#include "runtime/line/serve/serve_metrics.h"
#include "runtime/line/serve/served_model.h"

namespace vitrt::serve {

// Thread-compatible: Handle is called on the server's thread; models and metrics are thread-safe.
class Router {
 public:
  Router(std::string version, std::vector<std::unique_ptr<ServedModel>>* models, Scheduler* scheduler,
         ServeMetrics* metrics, const PredictionRecorder* recorder)
      : version_(std::move(version)),
        models_(*models),
        scheduler_(*scheduler),
        metrics_(*metrics),
        recorder_(*recorder) {}

  void Handle(Request request, Respond respond);
  // From now on the server is not ready, so that load balancers send requests elsewhere.
  void Drain() { draining_ = true; }

 private:
  Response Get(const std::vector<std::string>& path) const;
  Response GetModel(const std::vector<std::string>& path) const;
  void Infer(Request request, ServedModel* model, Respond respond);
  ServedModel* Find(const std::string& name) const;
  bool Ready() const;

  std::string version_;
  std::vector<std::unique_ptr<ServedModel>>& models_;
  Scheduler& scheduler_;
  ServeMetrics& metrics_;
  const PredictionRecorder& recorder_;
  bool draining_ = false;
};

}  // namespace vitrt::serve

// The measuring part of `vitrt bench`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/cli/command.h"
#include "runtime/engine/profile.h"

namespace vitrt::cli {

// The input of the measured runs: image files held in memory (batch 1: decode, preprocess and run; a larger batch: run
// only, on images preprocessed before), or one random tensor.
class Workload {
 public:
  // Errors: kBadInput for an image that cannot be read or decoded.
  static Result<Workload> FromImages(const std::vector<std::string>& paths, int batch, const Engine& engine,
                                     Session* session);
  static Workload Random(int batch, const Engine& engine);

  // One run; images take turns. The predictions are valid until the next run.
  Result<std::span<const Prediction>> RunNext(Session* session, const RunOptions& options);

  bool includes_decoding() const { return !files_.empty(); }

 private:
  int batch_ = 1;
  size_t next_ = 0, image_size_ = 0;
  std::vector<std::vector<std::byte>> files_;
  std::vector<float> tensors_;  // all images, then the first batch_ - 1 again
  Prediction prediction_;
};

struct Samples {
  std::vector<double> run_ms;                             // wall time of each run
  std::vector<int> exit;                                  // [runs * batch], in order
  std::vector<std::vector<double>> exit_ms;               // [exits]: time of the run, for each image that left there
  std::vector<std::vector<double>> segment_ms;            // [segments] of the runs that executed it; only if profiled
  std::vector<std::vector<double>> step_ms;               // [steps]
  double decode_ms = 0, preprocess_ms = 0, model_ms = 0;  // sums over images
  double seconds = 0;                                     // from the first run's start to the last one's end

  double images_per_s() const { return seconds > 0 ? static_cast<double>(exit.size()) / seconds : 0; }
};

enum class Detail { kNone, kSegments, kSteps };

struct MeasureOptions {
  const char* what = "bench";  // shown as progress
  double seconds = 0;
  int64_t iterations = 0;  // not 0: so many runs, however long they take
  Detail detail = Detail::kNone;
  bool shown = true;  // the progress
};

// Runs as long as `options` say, at least once. `spans`: not nullptr, what ran when; needs a detail.
Result<Samples> Measure(const MeasureOptions& options, const RunOptions& run, Workload* workload, Session* session,
                        const Engine& engine, std::vector<ProfileSpan>* spans = nullptr);

}  // namespace vitrt::cli

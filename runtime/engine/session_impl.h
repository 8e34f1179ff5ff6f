// What a session owns.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "runtime/engine/executor.h"
#include "runtime/image/decode.h"
#include "runtime/image/preprocess.h"
#include "vitrt/session.h"

namespace vitrt {

struct Session::Impl {
  Impl(Engine e, Executor x) : engine(std::move(e)), executor(std::move(x)) {}

  Status CheckBatch(size_t n) const;
  Status RunImages(std::span<const ImageView> images, const RunOptions& options,
                   std::chrono::steady_clock::time_point start);
  void TakeInput(const float* from, int64_t elements, int i);
  void Predict(int n, const ExitPlan& exits, std::chrono::steady_clock::time_point start);

  Engine engine;  // keeps the plan alive
  Executor executor;
  std::optional<image::Preprocessor> preprocessor;
  image::DecodedImage decoded;
  std::vector<Prediction> predictions;            // [max_batch]
  std::vector<InputStatistics> input_statistics;  // likewise; the run overwrites the input itself
  std::vector<bool> low_range;                    // likewise: Prediction::kLowRange
};

}  // namespace vitrt

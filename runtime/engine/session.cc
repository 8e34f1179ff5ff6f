#include "vitrt/session.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/engine/inspect.h"
#include "runtime/engine/milliseconds.h"
#include "runtime/engine/session_impl.h"

namespace vitrt {
namespace {

int64_t ElementsPerImage(const Engine::Impl& e) {
  int64_t n = 1;
  for (int64_t d : e.info.input.dims) n *= d;
  return n;
}

// Numbers for a model that takes bytes. Errors: kBadInput.
Status CheckBytes(std::span<const float> values) {
  for (const float v : values) {
    if (!(v >= 0 && v <= 255) || v != std::floor(v))
      return BadInput("the tensor holds " + std::to_string(v) + ", the plan takes whole numbers from 0 to 255");
  }
  return {};
}

InputStatistics Measure(std::span<const float> values) {
  double sum = 0, squares = 0;
  for (const float v : values) {
    sum += v;
    squares += static_cast<double>(v) * v;
  }
  const double mean = sum / static_cast<double>(values.size());
  const double variance = squares / static_cast<double>(values.size()) - mean * mean;
  return {static_cast<float>(mean), static_cast<float>(std::sqrt(std::max(variance, 0.0)))};
}

}  // namespace

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::Create(const Engine& engine, const SessionOptions& options) {
  const Engine::Impl& e = *engine.impl();
  if (options.threads < 0 || options.threads > kMostThreads) {
    return InvalidArgument("the number of threads is not between 0 and " + std::to_string(kMostThreads));
  }
  if (options.max_batch < 1 || options.max_batch > e.info.max_batch) {
    return InvalidArgument("a session of batch " + std::to_string(options.max_batch) + ": the plan allows 1 to " +
                               std::to_string(e.info.max_batch),
                           "", "convert with --batch N");
  }
  const int threads = options.threads == 0 ? DefaultThreadsOf(engine) : options.threads;
  VITRT_ASSIGN_OR_RETURN(Executor executor, Executor::Create(e, threads, options.pin, options.max_batch));
  auto impl = std::make_unique<Impl>(engine, std::move(executor));
  if (e.has_recipe && e.info.input.dims.size() == 4) {
    VITRT_ASSIGN_OR_RETURN(impl->preprocessor,
                           image::Preprocessor::Create(e.recipe, e.info.image.height, e.info.image.width,
                                                       e.plan.tables->input_channels_last()));
    impl->decoded.depth.bits = e.recipe.sample_bits;
  }
  impl->predictions.resize(static_cast<size_t>(options.max_batch));
  impl->input_statistics.resize(static_cast<size_t>(options.max_batch));
  impl->low_range.resize(static_cast<size_t>(options.max_batch));
  return Session(std::move(impl));
}

Result<Prediction> Session::RunFile(std::span<const std::byte> file, const RunOptions& options) {
  const Clock::time_point start = Clock::now();
  VITRT_RETURN_IF_ERROR(image::DecodeInto(file, &impl_->decoded));
  const double decode_ms = MsSince(start);
  const ImageView view = impl_->decoded.view();
  VITRT_RETURN_IF_ERROR(impl_->RunImages({&view, 1}, options, start));
  impl_->predictions[0].times.decode_ms = decode_ms;
  if (impl_->decoded.depth.IsLow()) impl_->predictions[0].flags |= Prediction::kLowRange;
  return impl_->predictions[0];
}

Result<Prediction> Session::RunFrame(const ImageView& frame, const RunOptions& options) {
  VITRT_RETURN_IF_ERROR(impl_->RunImages({&frame, 1}, options, Clock::now()));
  return impl_->predictions[0];
}

Result<std::span<const Prediction>> Session::RunFrames(std::span<const ImageView> frames, const RunOptions& options) {
  VITRT_RETURN_IF_ERROR(impl_->CheckBatch(frames.size()));
  VITRT_RETURN_IF_ERROR(impl_->RunImages(frames, options, Clock::now()));
  return std::span<const Prediction>(impl_->predictions.data(), frames.size());
}

Status Session::Impl::CheckBatch(size_t n) const {
  if (n >= 1 && n <= static_cast<size_t>(executor.max_batch())) return {};
  return InvalidArgument("a batch of " + std::to_string(n) + ": the session takes 1 to " +
                         std::to_string(executor.max_batch()));
}

// Fills the first predictions. The time of preprocessing is shared out evenly.
Status Session::Impl::RunImages(std::span<const ImageView> images, const RunOptions& options, Clock::time_point start) {
  if (!preprocessor) return InvalidArgument("the plan has no preprocessing recipe: it takes tensors, not images");
  VITRT_ASSIGN_OR_RETURN(const ExitPlan exits, PlanExits(*engine.impl(), options));
  const Clock::time_point begin = Clock::now();
  const int n = static_cast<int>(images.size());
  for (int i = 0; i < n; ++i) {
    VITRT_RETURN_IF_ERROR(preprocessor->Run(images[static_cast<size_t>(i)], executor.InputImage(i)));
    low_range[static_cast<size_t>(i)] = preprocessor->last_was_low();
    input_statistics[static_cast<size_t>(i)] = {};
    if (options.measure_input) {
      const auto elements = static_cast<size_t>(ElementsPerImage(*engine.impl()));
      input_statistics[static_cast<size_t>(i)] = Measure({executor.InputImage(i), elements});
    }
  }
  const double preprocess_ms = MsSince(begin) / n;
  Predict(n, exits, start);
  for (size_t i = 0; i < images.size(); ++i) {
    predictions[i].times.preprocess_ms = preprocess_ms;
    predictions[i].input = input_statistics[i];
    if (low_range[i]) predictions[i].flags |= Prediction::kLowRange;
  }
  return {};
}

Result<std::span<const Prediction>> Session::RunTensor(std::span<const float> input, int n, const RunOptions& options) {
  const Clock::time_point start = Clock::now();
  const Engine::Impl& e = *impl_->engine.impl();
  const int64_t per_image = ElementsPerImage(e);
  VITRT_RETURN_IF_ERROR(impl_->CheckBatch(n < 0 ? 0 : static_cast<size_t>(n)));
  if (static_cast<int64_t>(input.size()) != per_image * n) {
    return BadInput("the tensor has " + std::to_string(input.size()) + " elements, the plan wants " +
                    std::to_string(per_image) + " per image");
  }
  if (e.info.input.type == ElementType::kUint8) VITRT_RETURN_IF_ERROR(CheckBytes(input));
  VITRT_ASSIGN_OR_RETURN(const ExitPlan exits, PlanExits(e, options));
  for (int i = 0; i < n; ++i) impl_->TakeInput(input.data() + i * per_image, per_image, i);
  impl_->Predict(n, exits, start);
  return std::span<const Prediction>(impl_->predictions.data(), static_cast<size_t>(n));
}

// One image in the model's own layout into the arena, [c, h, w] -> [h, w, c] where only the plan has it so.
void Session::Impl::TakeInput(const float* from, int64_t elements, int i) {
  const Engine::Impl& e = *engine.impl();
  float* to = executor.InputImage(i);
  if (!e.TurnsInput()) {
    std::memcpy(to, from, static_cast<size_t>(elements) * sizeof(float));
    return;
  }
  const int64_t channels = e.info.image.channels, positions = e.info.image.height * e.info.image.width;
  e.kernels->transpose(
      {.rows = channels, .columns = positions, .x = from, .x_ld = positions, .y = to, .y_ld = channels});
}

void Session::Impl::Predict(int n, const ExitPlan& exits, Clock::time_point start) {
  executor.Run(n, exits, start);
  for (int i = 0; i < n; ++i) {
    const ImagePrediction& prediction = executor.prediction(i);
    Prediction& p = predictions[i];
    p.label = prediction.decision.label;
    p.probability = prediction.decision.probability;
    p.confidence = prediction.decision.confidence;
    p.exit = prediction.exit;
    p.flags = prediction.flags;
    if (p.exit >= 0 && p.label < 0) p.flags |= Prediction::kNoDecision;
    p.times = {.decode_ms = 0, .preprocess_ms = 0, .run_ms = prediction.ms};
    p.input = {};
    p.logits = executor.Logits(i);
    p.probabilities = executor.Probabilities(i);
  }
}

std::span<const float> Session::ExitLogits(int exit) const { return impl_->executor.ExitLogits(exit); }
std::span<const float> Session::ExitOutput(int exit) const { return impl_->executor.ExitOutput(exit); }
std::span<const std::byte> Session::Output(int index) const { return impl_->executor.RawOutput(index); }

}  // namespace vitrt

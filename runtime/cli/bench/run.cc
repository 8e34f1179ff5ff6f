#include "runtime/cli/bench/run.h"

#include <chrono>
#include <random>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/cli/common/progress.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/text/text_table.h"

namespace vitrt::cli {
namespace {

using Clock = std::chrono::steady_clock;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

size_t ElementsPerImage(const Engine& engine) {
  size_t count = 1;
  for (const int64_t size : engine.info().input.dims) count *= static_cast<size_t>(size);
  return count;
}

}  // namespace

Result<Workload> Workload::FromImages(const std::vector<std::string>& paths, int batch, const Engine& engine,
                                      Session* session) {
  Workload work;
  work.batch_ = batch;
  work.image_size_ = ElementsPerImage(engine);
  for (const std::string& path : paths) {
    VITRT_ASSIGN_OR_RETURN(const FileBytes file, FileBytes::Open(path, FileBytes::Mode::kRead));
    if (batch == 1) {
      work.files_.emplace_back(file.bytes().begin(), file.bytes().end());
      continue;
    }
    const auto tensor = PreprocessOnly(session, file.bytes());
    if (!tensor.ok()) return Status(tensor.status()).Within(path);
    work.tensors_.insert(work.tensors_.end(), tensor->begin(), tensor->end());
  }
  const size_t images = work.tensors_.size() / work.image_size_;
  for (size_t i = 0; batch > 1 && i + 1 < static_cast<size_t>(batch); ++i) {  // a batch may start at any image
    const auto from = static_cast<ptrdiff_t>((i % images) * work.image_size_);
    const std::vector<float> image(work.tensors_.begin() + from,
                                   work.tensors_.begin() + from + static_cast<ptrdiff_t>(work.image_size_));
    work.tensors_.insert(work.tensors_.end(), image.begin(), image.end());
  }
  return work;
}

Workload Workload::Random(int batch, const Engine& engine) {
  Workload work;
  work.batch_ = batch;
  work.image_size_ = ElementsPerImage(engine);
  work.tensors_.resize(work.image_size_ * static_cast<size_t>(batch));
  const bool bytes = engine.info().input.type == ElementType::kUint8;
  std::mt19937 random(1);
  for (float& value : work.tensors_) {  // uniform with mean 0 and variance 1, or bytes; the same on every machine
    const auto bits = static_cast<uint32_t>(random());
    value = bytes ? static_cast<float>(bits >> 24) : (static_cast<float>(bits) / 4294967296.0f - 0.5f) * 3.4641016f;
  }
  return work;
}

Result<std::span<const Prediction>> Workload::RunNext(Session* session, const RunOptions& options) {
  if (includes_decoding()) {
    VITRT_ASSIGN_OR_RETURN(prediction_, session->RunFile(files_[next_], options));
    next_ = (next_ + 1) % files_.size();
    return std::span<const Prediction>(&prediction_, 1);
  }
  const size_t images = tensors_.size() / image_size_ - static_cast<size_t>(batch_ - 1);
  const std::span<const float> input(tensors_.data() + next_ * image_size_, image_size_ * static_cast<size_t>(batch_));
  next_ = (next_ + static_cast<size_t>(batch_)) % images;
  return session->RunTensor(input, batch_, options);
}

Result<Samples> Measure(const MeasureOptions& options, const RunOptions& run, Workload* workload, Session* session,
                        const Engine& engine, std::vector<ProfileSpan>* spans) {
  Samples samples;
  samples.exit_ms.resize(engine.info().exits.size());
  Profile profile;
  profile.steps = options.detail == Detail::kSteps;
  profile.keep_spans = spans != nullptr;
  SetProfile(session, options.detail == Detail::kNone ? nullptr : &profile);
  samples.step_ms.resize(profile.step_ms.size());
  samples.segment_ms.resize(profile.segment_ms.size());
  Progress progress(options.what, options.shown);
  const Clock::time_point begin = Clock::now();
  Status error;
  const auto done = [&](double elapsed) {
    const auto runs = static_cast<double>(samples.run_ms.size());
    return options.iterations > 0 ? runs / static_cast<double>(options.iterations) : elapsed / (options.seconds * 1e3);
  };
  for (double elapsed = 0; samples.run_ms.empty() || done(elapsed) < 1; elapsed = MsSince(begin)) {
    std::fill(profile.step_ms.begin(), profile.step_ms.end(), 0.0);
    std::fill(profile.segment_ms.begin(), profile.segment_ms.end(), 0.0);
    const Clock::time_point start = Clock::now();
    const auto predictions = workload->RunNext(session, run);
    const double ms = MsSince(start);
    if (!predictions.ok()) {
      error = predictions.status();
      break;
    }
    samples.run_ms.push_back(ms);
    for (const Prediction& p : *predictions) {
      samples.exit.push_back(p.exit);
      if (p.exit >= 0) samples.exit_ms[static_cast<size_t>(p.exit)].push_back(ms);
      samples.decode_ms += p.times.decode_ms;
      samples.preprocess_ms += p.times.preprocess_ms;
      samples.model_ms += p.times.run_ms;
    }
    for (size_t i = 0; i < profile.segment_ms.size(); ++i) {
      if (profile.segment_ms[i] > 0) samples.segment_ms[i].push_back(profile.segment_ms[i]);
    }
    for (size_t i = 0; i < profile.step_ms.size() && profile.steps; ++i) {
      if (profile.step_ms[i] > 0) samples.step_ms[i].push_back(profile.step_ms[i]);
    }
    progress.Show(done(elapsed), std::to_string(samples.run_ms.size()) + " runs, " + Fixed(elapsed / 1e3, 1) + " s");
  }
  samples.seconds = MsSince(begin) / 1e3;
  SetProfile(session, nullptr);
  if (!error.ok()) return error;
  if (spans != nullptr) *spans = std::move(profile.spans);
  return samples;
}

}  // namespace vitrt::cli

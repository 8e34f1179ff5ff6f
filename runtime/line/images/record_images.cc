#include "runtime/line/images/record_images.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/digest/sha256.h"
#include "runtime/engine/exit_policy.h"
#include "runtime/engine/inspect.h"
#include "runtime/line/statistics/statistics.h"

namespace vitrt::line {

Result<ExitOutputs> RunAllExits(std::span<const std::byte> file, ExitPolicy policy, const Engine& engine,
                                Session* session) {
  RunOptions options;
  options.all_exits = true;
  options.measure_input = true;
  VITRT_ASSIGN_OR_RETURN(const Prediction last, session->RunFile(file, options));
  ExitOutputs outputs;
  outputs.input = last.input;
  std::vector<float> probabilities, log_sum(static_cast<size_t>(engine.info().exits.back().classes));
  ExitHistory history{log_sum, 0};
  for (const ExitInfo& exit : engine.info().exits) {
    const std::span<const float> logits = session->ExitLogits(exit.index);
    probabilities.resize(logits.size());
    const bool tried = exit.enabled || exit.index + 1 == static_cast<int>(engine.info().exits.size());
    const ExitDecision d = Decide(policy, exit.meaning, logits, probabilities, tried ? &history : nullptr);
    outputs.confidence.push_back(d.finite ? d.confidence : std::nanf(""));
    outputs.predicted.push_back(d.label);
  }
  return outputs;
}

Result<Recording> RecordImages(const LabelledFolder& folder, const RecordOptions& options, const Engine& engine,
                               Session* session, const OnProgress& progress) {
  Recording recording;
  std::vector<ExitOutputs> all;
  std::string hashes;
  std::set<std::string> seen;
  const size_t keep_every = std::max<size_t>(1, folder.images.size() / std::max<size_t>(1, options.max_files));
  for (size_t i = 0; i < folder.images.size(); ++i) {
    const LabelledImage& image = folder.images[i];
    progress(static_cast<double>(i) / static_cast<double>(folder.images.size()), std::to_string(i));
    Result<FileBytes> file = FileBytes::Open(image.path, FileBytes::Mode::kRead);
    Result<ExitOutputs> outputs =
        file.ok() ? RunAllExits(file->bytes(), options.policy, engine, session) : Result<ExitOutputs>(file.status());
    if (!outputs.ok()) {
      Status status = file.ok() ? Status(outputs.status()).Within(image.path) : outputs.status();
      if (options.strict || status.code() != StatusCode::kBadInput) return status;
      recording.unreadable.push_back(status.ToString());
      continue;
    }
    const std::string hash = Sha256(file->bytes());
    if (!seen.insert(hash).second) {
      ++recording.copies;
      if (options.leave_out_copies) continue;
    }
    hashes += std::to_string(image.label) + " " + hash + "\n";
    recording.images.push_back(image);
    if (i % keep_every == 0) recording.files.emplace_back(file->bytes().begin(), file->bytes().end());
    recording.inputs.push_back(outputs->input);
    if (image.label >= 0) recording.records.label.push_back(image.label);
    all.push_back(std::move(*outputs));
  }
  if (all.empty()) return BadInput("none of the images could be read");
  calibration::Records& r = recording.records;
  r.images = static_cast<int>(all.size());
  r.exits = static_cast<int>(engine.info().exits.size());
  r.classes = static_cast<int>(engine.info().exits.back().classes);
  for (int k = 0; k < r.exits; ++k) {
    for (const ExitOutputs& outputs : all) {
      r.confidence.push_back(outputs.confidence[k]);
      r.predicted.push_back(outputs.predicted[k]);
    }
  }
  recording.data_sha256 = Sha256(std::as_bytes(std::span(hashes)));
  recording.machine = MachineOf(engine);
  return recording;
}

Result<std::vector<double>> MeasureExitCosts(const Recording& recording, int runs, const Engine& engine,
                                             Session* session) {
  const size_t exits = engine.info().exits.size(), n = std::min(recording.files.size(), static_cast<size_t>(runs));
  std::vector<std::vector<double>> ms(exits);
  for (size_t i = 0; i < n; ++i) {
    const std::vector<std::byte>& file = recording.files[i * recording.files.size() / n];
    for (size_t k = 0; k < exits; ++k) {
      RunOptions options;  // not forced: that would leave out what only earlier exits need
      options.thresholds.assign(exits, 2.0f);
      options.thresholds[k] = 0.0f;
      VITRT_ASSIGN_OR_RETURN(const Prediction p, session->RunFile(file, options));
      ms[k].push_back(p.times.run_ms);
    }
  }
  std::vector<double> cost;
  cost.reserve(ms.size());
  for (const auto& times : ms) cost.push_back(Summarize(times).p50);
  // The search needs costs that rise with depth; noise must not swap two nearly equal ones.
  for (size_t k = 1; k < exits; ++k) cost[k] = std::max(cost[k], cost[k - 1]);
  return cost;
}

}  // namespace vitrt::line

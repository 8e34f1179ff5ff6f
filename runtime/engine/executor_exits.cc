// What the executor does at an exit: logits are read, images leave, the others move to the first places.
#include <algorithm>
#include <cstring>

#include "runtime/engine/executor.h"
#include "runtime/engine/milliseconds.h"

namespace vitrt {

// Reads the exit's logits of every image that is left and marks those that leave there (finished_, by place).
void Executor::DecideExit(int exit, const ExitPlan& exits) {
  const size_t classes = Classes(exit), elements = Elements(exit);
  const ExitMeaning meaning = engine_->info.exits[exit].meaning;
  const bool may_decide = exits.may_decide >> exit & 1;
  for (int p = 0; p < alive_; ++p) {
    const int image = image_at_[p];
    ImagePrediction& prediction = predictions_[image];
    float* output = exit_outputs_[exit].data() + image * elements;
    float* logits = exit_logits_[exit].data() + image * classes;
    std::memcpy(output, ValueImage(engine_->exit_value[exit], p), elements * sizeof(float));
    ToLogits(meaning, {output, elements}, {logits, classes});
    ++exit_images_[exit];
    finished_[p] = 0;
    const bool last = exit == exits.last;
    if (!may_decide || prediction.settled || (prediction.held && !last)) continue;
    ExitHistory history{{log_sums_.data() + image * max_classes_, classes}, prediction.tried};
    const ExitDecision decision = Decide(exits.policy, meaning, {logits, classes}, {trial_.data(), classes}, &history);
    prediction.tried = history.exits;
    if (!decision.finite) prediction.flags |= Prediction::kNonFinite;
    bool leaves = last || ReachesThreshold(decision, exits.threshold[exit]);
    if (leaves && !last && NeverEarly(decision.label)) {
      leaves = false;
      prediction.held = true;
    }
    // Also when the image goes on: if the time runs out, the last exit with finite logits so far decides.
    if (prediction.exit < 0 || last || (decision.finite && !prediction.held)) Keep(image, exit, decision);
    prediction.settled = leaves;
    if (leaves) prediction.ms = MsSince(begin_);
    finished_[p] = leaves;
  }
}

bool Executor::NeverEarly(int label) const {
  const std::vector<int>& classes = engine_->info.never_early;
  return std::find(classes.begin(), classes.end(), label) != classes.end();
}

void Executor::Keep(int image, int exit, const ExitDecision& decision) {
  predictions_[image].decision = decision;
  predictions_[image].exit = exit;
  const auto at = static_cast<long>(static_cast<size_t>(image) * max_classes_),
             classes = static_cast<long>(Classes(exit));
  std::copy_n(exit_logits_[exit].begin() + image * classes, classes, logits_.begin() + at);
  std::copy_n(trial_.begin(), classes, probabilities_.begin() + at);
}

// Moves the images that are left to the first places: for each, what later segments read of it.
void Executor::DropFinished(int segment) {
  int kept = 0;
  for (int p = 0; p < alive_; ++p) {
    if (finished_[p]) continue;
    if (kept != p) {
      for (uint32_t storage : engine_->segments[segment].moved) {
        std::memcpy(StorageImage(storage, kept), StorageImage(storage, p),
                    engine_->plan.tables->storages()->Get(storage)->bytes());
      }
      image_at_[kept] = image_at_[p];
    }
    ++kept;
  }
  alive_ = kept;
}

// True if every image left has a prediction already and the next exit that may decide, at the end of this segment
// or a later one, is not expected in time.
bool Executor::OutOfTime(int segment, const ExitPlan& exits, Clock::time_point start) {
  if (exits.deadline_ms <= 0) return false;
  for (int p = 0; p < alive_; ++p) {
    if (predictions_[image_at_[p]].exit < 0) return false;
  }
  double expected_ms = MsSince(start);
  const int segments = static_cast<int>(engine_->segments.size());
  for (int s = segment; s < segments; ++s) {
    expected_ms += clock_.Estimate(s, alive_);
    const int exit = engine_->segments[s].exit;
    if (exit >= 0 && (exits.may_decide >> exit & 1)) break;
  }
  if (expected_ms <= exits.deadline_ms) return false;
  clock_.Skipped(segment, alive_);
  return true;
}

bool Executor::RanForAll(int exit) const {
  return exit >= 0 && exit < static_cast<int>(exit_images_.size()) && exit_images_[exit] == n_ && n_ > 0;
}

std::span<const float> Executor::ExitLogits(int exit) const {
  if (!RanForAll(exit)) return {};
  return {exit_logits_[exit].data(), static_cast<size_t>(n_) * Classes(exit)};
}

std::span<const float> Executor::ExitOutput(int exit) const {
  if (!RanForAll(exit)) return {};
  return {exit_outputs_[exit].data(), static_cast<size_t>(n_) * Elements(exit)};
}

}  // namespace vitrt

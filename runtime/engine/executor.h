// Runs a bound plan over a batch in an arena, segment by segment, and decides the exits.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "runtime/base/aligned_buffer.h"
#include "runtime/base/thread_team.h"
#include "runtime/engine/engine_impl.h"
#include "runtime/engine/exit_plan.h"
#include "runtime/engine/exit_policy.h"
#include "runtime/engine/profile.h"
#include "runtime/engine/segment_clock.h"
#include "runtime/engine/step_observer.h"
#include "vitrt/session.h"

namespace vitrt {

// The prediction for an image so far: what the caller gets if the run ends now.
struct ImagePrediction {
  ExitDecision decision;
  int exit = -1;
  uint32_t flags = 0;
  double ms = 0;         // from the start of Run to the decision
  bool settled = false;  // by the policy: later exits change nothing
  bool held = false;     // it would have left as a class that never leaves early: only the last exit decides
  int tried = 0;         // exits whose probabilities are in the history
};

// Mutable state of one session: arena, scratch, predictions. Everything is allocated in Create.
class Executor {
 public:
  static Result<Executor> Create(const Engine::Impl& engine, int threads, bool pin, int max_batch);

  // Where image i's input goes, in the plan's layout.
  float* InputImage(int i);

  // Classifies images [0, n); 1 <= n <= max_batch. `start` is where the deadline counts from.
  void Run(int n, const ExitPlan& exits, std::chrono::steady_clock::time_point start);

  // After Run, by the image's place in the batch.
  const ImagePrediction& prediction(int image) const { return predictions_[image]; }
  std::span<const float> Logits(int image) const {
    return {logits_.data() + image * max_classes_, Classes(predictions_[image].exit)};
  }
  std::span<const float> Probabilities(int image) const {
    return {probabilities_.data() + image * max_classes_, Classes(predictions_[image].exit)};
  }
  std::span<const float> ExitLogits(int exit) const;
  std::span<const float> ExitOutput(int exit) const;
  std::span<const std::byte> RawOutput(int index) const;

  void set_profile(Profile* profile) { profile_ = profile; }
  void set_observer(StepObserver* observer) { observer_ = observer; }
  int max_batch() const { return max_batch_; }
  ThreadTeam& team() { return *team_; }

 private:
  Executor(const Engine::Impl& engine, int threads, bool pin, int max_batch);

  size_t Elements(int exit) const { return static_cast<size_t>(engine_->values[engine_->exit_value[exit]].size()); }
  bool RanForAll(int exit) const;
  size_t Classes(int exit) const { return exit < 0 ? 0 : static_cast<size_t>(engine_->info.exits[exit].classes); }
  std::byte* StorageImage(uint32_t storage, int i) const;
  std::byte* ValueImage(int value, int i) const;
  void RunSegment(int segment, uint64_t wanted);
  void RunSteps(const BoundSegment& segment, uint64_t wanted, int first);
  void RunObserved(int step, const ops::RunContext& context);
  void DecideExit(int exit, const ExitPlan& exits);
  bool NeverEarly(int label) const;
  void Keep(int place, int exit, const ExitDecision& decision);
  void KeepRawOutputs();
  void DropFinished(int segment);
  bool OutOfTime(int segment, const ExitPlan& exits, std::chrono::steady_clock::time_point start);

  const Engine::Impl* engine_;
  std::unique_ptr<ThreadTeam> team_;
  int max_batch_;
  int group_;           // images that go through a segment side by side: place p of the arena is in group p / group_
  size_t group_bytes_;  // of the arena
  size_t max_classes_ = 0;
  AlignedBuffer arena_, scratch_;
  std::vector<ops::Tensor> tensors_;  // [group][step] inputs then outputs, one after the other
  std::vector<std::span<const ops::Tensor>> step_inputs_, step_outputs_;  // [group, step]
  SegmentClock clock_;
  Profile* profile_ = nullptr;
  StepObserver* observer_ = nullptr;

  // Of the run under way. Place p of the arena holds image image_at_[p] of the caller's batch; alive_ places are in
  // use.
  std::chrono::steady_clock::time_point begin_;
  int n_ = 0, alive_ = 0;
  std::vector<int> image_at_;
  std::vector<uint8_t> finished_;                    // by place: the image leaves at the exit just decided
  std::vector<ImagePrediction> predictions_;         // by image, as are the next two
  std::vector<float> logits_, probabilities_;        // [max_batch, max_classes]
  std::vector<float> log_sums_;                      // [max_batch, max_classes], ExitHistory of each image
  std::vector<float> trial_;                         // [max_classes]
  std::vector<std::vector<float>> exit_outputs_;     // [exit][max_batch * elements], as the model gives them
  std::vector<std::vector<float>> exit_logits_;      // [exit][max_batch * classes]
  std::vector<int> exit_images_;                     // [exit]: images whose logits are there
  std::vector<std::vector<std::byte>> raw_outputs_;  // [output][max_batch * bytes]
  bool raw_outputs_kept_ = false;
};

}  // namespace vitrt

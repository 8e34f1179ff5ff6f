// One thread's way to run an engine: owns the arena and the scratch, allocates nothing after creation.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vitrt/engine.h"
#include "vitrt/export.h"
#include "vitrt/image.h"

namespace vitrt {

struct SessionOptions {
  int threads = 0;    // 0: what the tune file says, or one for each allowed core that has work enough (docs/deploy.md)
  bool pin = false;   // each thread that the session starts stays on a CPU of its own, one per core first; the first
                      // allowed CPU is left for the calling thread, whose place is the caller's affair
  int max_batch = 1;  // images one Run may take; at most PlanInfo::max_batch
};

struct StageTimes {
  double decode_ms = 0, preprocess_ms = 0;
  double run_ms = 0;  // until this image's decision; images of one batch that leave at other exits differ
};

// Of the values that the model saw, after preprocessing: they change with light and lens, mostly before the predictions
// do.
struct InputStatistics {
  float mean = 0, deviation = 0;
};

// The prediction for one image. Spans point into the session and hold until its next call.
struct Prediction {
  enum Flag : uint32_t {
    kNonFinite = 1,   // an exit's logits held NaN or infinity: never confident there, the run went on
    kDeadline = 2,    // the deadline cut the run short: the best exit so far answered
    kNoDecision = 4,  // the logits of the exit that answered are not finite: there is no class
    kLowRange = 8,    // 16-bit samples, none of which reached 4,096: they hold 12 bits or fewer, most likely, and the
                      // plan takes 16 (ImageView::bits, vitrt-convert --sample-bits)
  };
  int label = -1;         // class index, the first of the most probable; -1: no decision, or a plan without exits
  float probability = 0;  // of that class; 0 without a decision, as are all of them and the confidence
  float confidence = 0;   // by the policy in force
  int exit = -1;          // index of the exit that answered
  uint32_t flags = 0;
  StageTimes times;
  InputStatistics input;  // where RunOptions::measure_input asked for it
  // Of the exit that answered, one a class. logits: the model's output; of a model that ends in softmax or sigmoid
  // probabilities, and of one number x for two classes [0, x] or, after a sigmoid, [1 - x, x].
  std::span<const float> logits;
  std::span<const float> probabilities;
};

// Movable. Not thread-safe: one session per thread; sessions of one engine run side by side.
class VITRT_API Session {
 public:
  static Result<Session> Create(const Engine& engine, const SessionOptions& options = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // PNG, JPEG, BMP, PNM or TIFF bytes. Errors: kBadInput.
  Result<Prediction> RunFile(std::span<const std::byte> file, const RunOptions& options = {});
  // A camera frame; preprocessing as the plan says, no copy made. Errors: kBadInput, kInvalidArgument.
  Result<Prediction> RunFrame(const ImageView& frame, const RunOptions& options = {});
  // A batch of frames, as many as max_batch: several cameras, or the tiles of a large image. One prediction per frame,
  // the one that it gets alone, valid until the next call. Errors: as RunFrame.
  Result<std::span<const Prediction>> RunFrames(std::span<const ImageView> frames, const RunOptions& options = {});
  // A batch in the model's own layout, PlanInfo::input of each image, already preprocessed; where the model takes
  // uint8, whole numbers from 0 to 255. One prediction per image, valid until the next call. Errors: kBadInput (size, a
  // number that is no byte), kInvalidArgument.
  Result<std::span<const Prediction>> RunTensor(std::span<const float> input, int n, const RunOptions& options = {});

  // After a run with all_exits (or for the exits that ran): logits of exit `exit`, [n, classes] as in
  // Prediction::logits, in the order of the batch. Empty if that exit did not run for the whole batch.
  std::span<const float> ExitLogits(int exit) const;
  // Likewise, the model's output unchanged: n times ExitInfo::dims.
  std::span<const float> ExitOutput(int exit) const;
  // After a run to the end: raw output `index` (PlanInfo::outputs), n times its dims in its type; empty otherwise.
  std::span<const std::byte> Output(int index) const;

  struct Impl;  // engine/ only
  Impl* impl() { return impl_.get(); }

 private:
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrt

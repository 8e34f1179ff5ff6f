// One infer request, checked against the plan that runs it, and its response, built image by image.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "runtime/image/decode.h"
#include "runtime/line/serve/protocol.h"
#include "runtime/line/serve/response.h"
#include "runtime/line/serve/served_model.h"

namespace vitrt::serve {

// What vitrt itself reports for each image. A plan's output of the same name comes first; vitrt's is then called
// "vitrt.NAME". The last three are there where a request asks for more than one class (`top`).
enum class PredictionField : uint8_t {
  kLogits,
  kClass,
  kLabel,
  kProbability,
  kConfidence,
  kExit,
  kFlags,
  kTopClass,
  kTopLabel,
  kTopProbability
};

// An output that a request may name.
struct OutputSpec {
  enum class Kind : uint8_t { kPrediction, kExit, kRaw } kind = Kind::kPrediction;
  int index = 0;  // the PredictionField, the exit, or the raw output
  std::string name;
  Datatype type = Datatype::kFp32;
  std::vector<int64_t> image_shape;  // without the batch; empty: one value an image
};

// Everything that a plan's model can give, in the order of its metadata.
std::vector<OutputSpec> OutputsOf(const PlanInfo& info, int top);
// The name under which encoded images are given: "image", unless the plan's own input is called so.
std::string ImageInputName(const PlanInfo& info);

class Task {
 public:
  // Decodes encoded images. `waited`: since the request arrived; the deadline is short of it.
  // Errors: kInvalidArgument, kBadInput: the request does not fit the plan.
  static Result<Task> Create(const Generation& generation, InferRequest request, std::chrono::duration<double> waited);

  bool takes_images() const { return !frames_.empty(); }
  int images() const { return images_; }
  const RunOptions& run() const { return run_; }
  // May run in one batch with `other`: the same kind of input and the same options, no deadline.
  bool GoesWith(const Task& other) const;

  ImageView frame(int i) const { return frames_[static_cast<size_t>(i)].view(); }
  std::span<const float> tensor(int first, int n) const;

  // Keeps what the response needs of place `place` in the session's last run. Before the session's next call.
  void Keep(const PlanInfo& info, const Session& session, int place, int batch, const Prediction& prediction);

  // The name of image i in records, and the XXH3 of its bytes (of the tensor, where no file was given).
  std::string image_name(int i) const;
  std::string image_hash(int i) const;
  // The part that the request names, or its id.
  const std::string& part() const { return request_.parameters.part.empty() ? request_.id : request_.parameters.part; }
  Response Finish(const ServedModel& model, const Generation& generation, double waited_ms) const;

 private:
  struct Output {
    OutputSpec spec;
    OutputTensor tensor;
  };
  Status TakeInput(const PlanInfo& info);
  Status ChooseOutputs(const PlanInfo& info);
  Status ChooseRun(const Generation& generation, double waited_ms);

  InferRequest request_;
  RunOptions run_;
  int images_ = 0;
  std::vector<image::DecodedImage> frames_;
  std::vector<uint64_t> hashes_;  // of the frames' files
  std::vector<Output> outputs_;
  StageTimes times_;  // summed over the images
};

}  // namespace vitrt::serve

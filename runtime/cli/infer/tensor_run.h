// `vitrt infer --tensor`: a batch of prepared inputs through the plan, logits as .npy files.
#pragma once

#include <functional>
#include <string>

#include "runtime/cli/command.h"

namespace vitrt::cli {

struct TensorRun {
  std::string input, outputs;  // .npy file; folder, "" for none
  bool all_exits = false;      // every exit's logits and the raw outputs, not only those of the exits taken
};

// Calls `on_prediction(index, prediction)` for every image in order. A batch larger than the plan's is run in
// parts. Files hold the model's outputs unchanged: <exit>.npy, [batch, classes] mostly. When the images of a batch
// leave at different exits, each file holds NaN in the rows of images that left at another exit. Raw outputs
// (--all-exits, or a plan without exits): <output>.npy in their own type, for one image in the model's own shape
// (BatchShape). Errors: kBadInput for a tensor that does not fit the plan, before anything is written.
Status RunTensorFile(const Engine& engine, const CommonOptions& common, const RunOptions& options,
                     const TensorRun& tensor, const std::function<void(int64_t, const Prediction&)>& on_prediction);

// A name that is safe as a file's: anything but letters, digits, '.', '_' and '-' becomes '_', as does a leading '.'.
std::string FileNameOf(const std::string& name);

}  // namespace vitrt::cli

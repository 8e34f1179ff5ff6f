// ONNX file -> plan file: import, passes, quantising, plan writer, verification, in order.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "converters/cli/recipe.h"
#include "converters/int8/quantize_layers.h"
#include "converters/passes/pipeline.h"
#include "converters/plan_writer.h"
#include "converters/verify.h"
#include "converters/verify_steps.h"
#include "converters/winograd.h"

namespace vitrt::convert {

struct ConvertOptions {
  std::string model, output;
  std::vector<std::string> exits;  // empty: see ChooseExits
  int max_batch = 1;
  std::string labels;  // file, one class a line; empty: none
  RecipeOptions recipe;
  std::optional<int64_t> input_height, input_width;  // where the model leaves them open
  bool verify = false;
  int threads = 0;
  PipelineOptions passes;
  bool winograd = true;                                    // false: --no-winograd
  std::optional<Int8Options> int8;                         // --precision int8
  std::string int8_images;                                 // --int8-images, a folder; empty: none
  std::function<Status(const std::string& plan)> instead;  // looks at the plan, which then gets no name and is gone
  bool fp32 = false;                                       // --precision fp32: also of a model that comes quantised
  std::vector<std::pair<std::string, std::string>> given;  // for the plan: options as the user gave them
};

// What --int8-images found.
struct LayerEffect {
  double error = 0;  // where the layer alone is int8: largest difference of an exit's logits, relative to the largest
  double mean_error = 0;  // likewise, the mean over exits and images
  int changed = 0;        // exits of images whose class is then another one
};
struct Int8Choice {
  std::vector<std::string> keep;                 // layers that stay fp32 because they change predictions
  StatisticsByName inputs;                       // for Int8Options
  bool balance = false;                          // likewise: it makes the logits' errors smaller
  double error = 0, error_balanced = 0;          // mean relative error of the logits with every layer int8
  std::map<std::string, LayerEffect> effects;    // by the layer's name
  int images = 0, changed_all = 0, changed = 0;  // exits of images that differ with every layer int8, and as chosen
};

struct ConvertReport {
  std::string model_name, producer, source_sha256;
  std::vector<std::string> warnings;
  Shape input;  // [1, channels, height, width]
  std::optional<plan::PreprocessT> recipe;
  std::map<std::string, ValueType> outputs;  // of the model, by name: exits and others
  size_t imported_nodes = 0;
  bool int8 = false;      // asked for, or the model comes quantised
  bool by_steps = false;  // with verify: roundings make the whole no measure, so each step is judged
  std::vector<PassReport> passes;
  std::vector<Int8Layer> int8_layers;     // dense layers, in int8
  std::optional<Int8Choice> int8_choice;  // with int8_images
  std::vector<WinogradLayer> winograd;    // convolutions with weights for it
  PlanSummary plan;
  std::vector<OutputError> errors;     // with verify; a distance, not judged, where by_steps
  std::vector<StepError> step_errors;  // with verify and by_steps: of each step on its own inputs
  double import_ms = 0, passes_ms = 0, int8_ms = 0, write_ms = 0, verify_ms = 0;
};

// Writes options.output in full or not at all; a plan whose verification fails is not left behind.
// Errors: kInvalidArgument (options), kBadPlan (the model file), kUnsupported (the model), kInternal.
Result<ConvertReport> Convert(const ConvertOptions& options);

}  // namespace vitrt::convert

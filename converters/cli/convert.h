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
  std::optional<Int8Options> int8;                         // --precision int8
  std::vector<std::pair<std::string, std::string>> given;  // for the plan: options as the user gave them
};

struct ConvertReport {
  std::string model_name, producer, source_sha256;
  std::vector<std::string> warnings;
  Shape input;  // [1, channels, height, width]
  std::optional<plan::PreprocessT> recipe;
  std::map<std::string, ValueType> outputs;  // of the model, by name: exits and others
  size_t imported_nodes = 0;
  std::vector<PassReport> passes;
  std::vector<Int8Layer> int8_layers;  // dense layers, with --precision int8
  PlanSummary plan;
  std::vector<OutputError> errors;     // with verify; in int8 a distance to the model, not judged
  std::vector<StepError> step_errors;  // with verify, in int8: of each step on its own inputs
  double import_ms = 0, passes_ms = 0, int8_ms = 0, write_ms = 0, verify_ms = 0;
};

// Writes options.output in full or not at all; a plan whose verification fails is not left behind.
// Errors: kInvalidArgument (options), kBadPlan (the model file), kUnsupported (the model), kInternal.
Result<ConvertReport> Convert(const ConvertOptions& options);

}  // namespace vitrt::convert

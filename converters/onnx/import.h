// ONNX model file -> Graph at batch 1.
//
// Every operator of the table in op_table.h becomes canonical ops of plan.fbs with static shapes; integer arithmetic on
// shapes is evaluated away. What cannot be imported is reported at once: one line per node, with the reason.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "converters/graph/graph.h"
#include "vitrt/status.h"

namespace vitrt::convert {

struct ImportOptions {
  // Height and width of the image where the model leaves them open.
  std::optional<int64_t> input_height, input_width;
  // Inputs that become constants of the given value.
  std::map<std::string, Tensor> fixed_inputs;
  // Keep every other input at its static shape (Graph::free_inputs) instead of asking for one image [n, c, h, w].
  bool free_inputs = false;
};

struct ImportReport {
  std::vector<std::string> warnings;        // "Squeeze 'head/Squeeze': axis 1 has size 128, ...: taken as no-op"
  std::vector<std::string> external_files;  // paths that weights were read from, in the order of first reference
  std::string producer;                     // "pytorch 2.5.1"
  bool quantised = false;                   // some node rounds activations to 8- or 16-bit integers
};

// Errors: kBadPlan for a file that is missing, damaged or no valid model, naming the node; kUnsupported with one line
// per unsupported node.
Result<Graph> ImportOnnx(const std::string& path, const ImportOptions& options = {}, ImportReport* report = nullptr);

}  // namespace vitrt::convert

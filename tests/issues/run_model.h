// A small ONNX model through the whole converter and the engine.
#pragma once

#include <vector>

#include "converters/onnx/import.h"
#include "tests/onnx/model_builder.h"

namespace vitrt::test {

// Imports the model, applies every pass, writes a plan of its outputs and runs it on one image (elements in the order
// of the model's input). The elements of every output, in the order of the model's outputs.
Result<std::vector<std::vector<double>>> RunModel(const ModelBuilder& model, const std::vector<float>& image,
                                                  const convert::ImportOptions& options = {});

// n numbers that are no pattern: between -2 and 2, the same on every run.
std::vector<float> Numbers(int64_t n, uint32_t seed = 1);

}  // namespace vitrt::test

// A matrix of fp32 weights as LinearI8 stores it (plan.fbs).
#pragma once

#include "converters/graph/tensor.h"

namespace vitrt::convert {

struct Int8Weights {
  Tensor groups;       // I32 [ceil(k/4), n]: four int8 of neighbouring k each
  Tensor scale;        // F32 [n]
  Tensor column_sums;  // I32 [n]
  Tensor runs;         // I32 [ceil(n/16), ceil(k/16)]
};

// Weight [k, n], each column to integers of its own scale. Inputs have all of their 8 bits, so the weights give up what
// int16 sums of two groups (kRun) need: a column takes the finest scale, down to magnitudes of 127, at which the run is
// safe everywhere. Errors: kUnsupported where a weight is not finite or k is above 65536.
Result<Int8Weights> QuantizeWeights(const Tensor& weight);

// Given integers [k, n], row-major, with their scales. Runs are what they allow.
Int8Weights PackInt8(const std::vector<int8_t>& weights, int64_t k, int64_t n, const std::vector<float>& scale);

}  // namespace vitrt::convert

// fp32 weights as LinearI8 and ConvI8 store them (plan.fbs).
#pragma once

#include <optional>

#include "converters/graph/tensor.h"

namespace vitrt::convert {

struct Int8Weights {
  Tensor weight;       // I32 [.., ceil(k/4), n]: four int8 of neighbouring k each
  Tensor scale;        // F32 [n]
  Tensor column_sums;  // I32 [n]
  Tensor runs;         // I32, as the op has them
};

// Integers [taps, k, n], row-major, taps being the product of the dims before. Each group has n / groups columns.
struct Int8Integers {
  Shape shape;  // [.., k, n]
  std::vector<int8_t> values;
  std::vector<float> scale;  // [n]
  int64_t groups = 1;
};

// Weight [.., k, n], each column to integers of its own scale. Inputs have all of their 8 bits, so the weights give up what
// int16 sums of two groups (kRun) need: a column takes the finest scale, magnitudes of 127 at most, at which the run is
// safe everywhere. Errors: kUnsupported where a weight is not finite or a column has more than 65536 elements.
Result<Int8Integers> QuantizeWeights(const Tensor& weight, int64_t groups);

// The integers that a quantised model's weight [.., k, n] was made of: each column is a scale times integers of 8 bits, but
// for a few roundings of each weight in fp32, so that a weight of 0 is the integer 0 and no other is. Nothing where a
// column is not.
std::optional<Int8Integers> IntegersOf(const Tensor& weight, int64_t groups);

// Runs are what the integers allow.
Int8Weights PackInt8(const Int8Integers& integers);

}  // namespace vitrt::convert

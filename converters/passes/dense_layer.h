// A Linear or Conv2d (channels_last) taken apart: y = act(x * weight + bias + row_bias) + residual, columns last.
// The two ops have the same inputs, so what folds into one folds into the other.
#pragma once

#include "converters/passes/match.h"

namespace vitrt::convert {

struct DenseLayer {
  enum Input : size_t { kX = 0, kWeight = 1, kBias = 2, kRowBias = 3, kResidual = 4 };

  Node* node = nullptr;
  plan::Activation act;
  bool is_conv = false;
  ValueId x = kNoValue, weight = kNoValue, bias = kNoValue, row_bias = kNoValue, residual = kNoValue;

  bool plain() const { return act.fn() == plan::UnaryFn::Identity && residual == kNoValue; }
  std::vector<ValueId> inputs() const { return {x, weight, bias, row_bias, residual}; }
};

// nullopt for other nodes and convolutions that are not channels_last yet.
std::optional<DenseLayer> MatchDense(Node* node);
// A node like layer.node with the inputs and activation that `layer` has now, placed at `at`.
Result<ValueId> AddDense(Rewriter& r, const DenseLayer& layer, const Node& at);

// a + b of two constants that may be absent.
Result<ValueId> AddAbsent(Rewriter& r, ValueId a, ValueId b, const Node& at);
// The sum of two row biases [period, n], each possibly absent; of different periods: for all `rows`.
Result<ValueId> AddRowBiases(Rewriter& r, ValueId a, ValueId b, int64_t rows, const Node& at);
// `c`, broadcast against `shape` [..., n], as [period, n] with the smallest period that trailing axes give; 1 row: per
// channel.
Result<ValueId> AsRowBias(Rewriter& r, ValueId c, const Shape& shape, const Node& at);

}  // namespace vitrt::convert

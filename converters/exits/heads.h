// What an output of a graph is, told from how it is computed: the end of a classifier, and of which kind, or not.
#pragma once

#include "converters/graph/graph.h"

namespace vitrt::convert {

enum class Ending {
  kPlain,       // nothing that is known: logits, or any numbers
  kSoftmax,     // probabilities that sum to 1
  kLogSoftmax,  // their logarithms
  kSigmoid,     // each a probability of its own
  kTopK,        // sorted values, which no longer stand for classes
  kNormalised,  // a LayerNorm, or divided by its own norm: features
};

struct Head {
  ValueId value = kNoValue;  // the output, before reshapes
  Ending ending = Ending::kPlain;
  ValueId source =
      kNoValue;         // what softmax or sigmoid were applied to, before reshapes; `value` where there is neither
  bool scaled = false;  // a constant scale (a temperature) lies between `source` and the softmax
};

// uses: of `graph`, as imported.
Head DescribeHead(const Graph& graph, const Graph::Uses& uses, ValueId output);

// Elements of a vector [1, n] or [1, n, 1, ...]; -1 for any other shape.
int64_t VectorSize(const Shape& shape);

}  // namespace vitrt::convert

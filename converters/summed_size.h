// How large the terms are that a step adds up. Where they nearly cancel, rounding leaves an error that is small beside them
// and large beside the result: |error| <= n 2^-24 sum |x| |w| (Higham 2002, Accuracy and Stability of Numerical Algorithms, 3.1).
#pragma once

#include <optional>
#include <vector>

#include "converters/graph/graph.h"

namespace vitrt::convert {

// The largest sum over the step's outputs of the magnitudes of what is added up: |x| |w|, |bias|, |residual|. Of LayerNorm, what
// its mean is taken from, in units of the result. Of LinearI8 and ConvI8, whose integers are exact, the sum itself counts as
// one term. 0 where nothing that can cancel is added up. Arguments as of EvaluateNode.
double SummedSize(const plan::OpUnion& op, const std::vector<std::optional<Tensor>>& inputs,
                  const std::vector<ValueType>& outputs);

}  // namespace vitrt::convert

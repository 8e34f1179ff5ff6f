// Walking tensors by NumPy's broadcasting rule (BroadcastShapes in runtime/plan/tensor_type.h).
#pragma once

#include "converters/graph/tensor.h"

namespace vitrt::convert {

// Strides in elements that walk a tensor of shape `from` as if it had the shape `to` it broadcasts to: 0 on repeated
// axes.
Shape BroadcastStrides(const Shape& from, const Shape& to);

}  // namespace vitrt::convert

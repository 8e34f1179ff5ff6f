// NumPy's broadcasting rule.
#pragma once

#include "converters/graph/tensor.h"

namespace vitrt::convert {

// The common shape of a and b, or an error naming both.
Result<Shape> BroadcastShapes(const Shape& a, const Shape& b);

// Strides in elements that walk a tensor of shape `from` as if it had the shape `to` it broadcasts to: 0 on repeated
// axes.
Shape BroadcastStrides(const Shape& from, const Shape& to);

}  // namespace vitrt::convert

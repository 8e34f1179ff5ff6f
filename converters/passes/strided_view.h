// What transposes, reshapes and slices do to a value, as numbers: a strided window into an older value's memory. Lets
// the attention pass read through any scaffolding that exporters put between a linear layer and the matrix products.
#pragma once

#include <vector>

#include "converters/passes/match.h"

namespace vitrt::convert {

// Element (i0, i1, ..) is factor * root[offset + i0*strides[0] + i1*strides[1] + ..], in elements of the root.
struct StridedView {
  ValueId root = kNoValue;
  int64_t offset = 0;
  Shape dims, strides;
  double factor = 1;
};

// All ways to see `v`, the oldest root first; the last is `v` itself. With `scales`, multiplications by scalars on the
// way count as movement.
std::vector<StridedView> ViewsOf(const Rewriter& r, ValueId v, bool scales);

// `view` under other dims of as many elements, if strides can express it.
bool ReshapeView(StridedView* view, const Shape& dims);

}  // namespace vitrt::convert

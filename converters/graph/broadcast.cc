#include "converters/graph/broadcast.h"

#include <algorithm>

namespace vitrt::convert {

Result<Shape> BroadcastShapes(const Shape& a, const Shape& b) {
  Shape shape(std::max(a.size(), b.size()));
  for (size_t i = 0; i < shape.size(); ++i) {  // from the last axis
    const int64_t da = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t db = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (da != db && da != 1 && db != 1)
      return BadPlan("shapes " + ToString(a) + " and " + ToString(b) + " do not broadcast");
    shape[shape.size() - 1 - i] = da == 1 ? db : da;
  }
  if (Status status = CheckShape(shape); !status.ok()) return status;
  return shape;
}

Shape BroadcastStrides(const Shape& from, const Shape& to) {
  const Shape dense = Strides(from);
  Shape strides(to.size());
  const size_t lead = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i) strides[lead + i] = from[i] == 1 ? 0 : dense[i];
  return strides;
}

}  // namespace vitrt::convert

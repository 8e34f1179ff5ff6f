#include "converters/graph/broadcast.h"

namespace vitrt::convert {

Shape BroadcastStrides(const Shape& from, const Shape& to) {
  const Shape dense = Strides(from);
  Shape strides(to.size());
  const size_t lead = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i) strides[lead + i] = from[i] == 1 ? 0 : dense[i];
  return strides;
}

}  // namespace vitrt::convert

#include "runtime/kernels/ref/shape.h"

namespace vitrt::kernels::ref {

Shape::Shape(std::span<const int64_t> values) : rank(static_cast<int>(values.size())) {
  for (int i = 0; i < rank; ++i) dims[i] = values[i];
}

int64_t Shape::SizeOf(int begin, int end) const {
  int64_t size = 1;
  for (int axis = begin; axis < end; ++axis) size *= dims[axis];
  return size;
}

Strides RowMajor(const Shape& shape) {
  Strides strides;
  int64_t step = 1;
  for (int axis = shape.rank - 1; axis >= 0; --axis) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

Strides Broadcast(const Shape& shape, const Shape& out) {
  const Strides own = RowMajor(shape);
  Strides strides;
  for (int axis = 0; axis < shape.rank; ++axis) {
    strides[out.rank - shape.rank + axis] = shape[axis] == 1 ? 0 : own[axis];
  }
  return strides;
}

}  // namespace vitrt::kernels::ref

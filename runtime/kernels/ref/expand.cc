#include "runtime/kernels/ref/expand.h"

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {

void Expand(const ExpandArgs& args) {
  const Strides strides[1] = {Broadcast(args.x_dims, args.y_dims)};
  WithSize(args.dtype, [&](auto element) {
    using T = decltype(element);
    const T* x = static_cast<const T*>(args.x);
    T* y = static_cast<T*>(args.y);
    ForEach(args.y_dims, strides, [&](int64_t i, const int64_t* at) { y[i] = x[at[0]]; });
  });
}

void Tile(const ExpandArgs& args) {
  const Strides x_strides = RowMajor(args.x_dims);
  WithSize(args.dtype, [&](auto element) {
    using T = decltype(element);
    const T* x = static_cast<const T*>(args.x);
    T* y = static_cast<T*>(args.y);
    const int64_t size = args.y_dims.Size();
    int64_t index[kMaxRank] = {};
    for (int64_t i = 0; i < size; ++i) {
      int64_t source = 0;
      for (int axis = 0; axis < args.y_dims.rank; ++axis) source += index[axis] % args.x_dims[axis] * x_strides[axis];
      y[i] = x[source];
      for (int axis = args.y_dims.rank - 1; axis >= 0 && ++index[axis] == args.y_dims[axis]; --axis) index[axis] = 0;
    }
  });
}

}  // namespace vitrt::kernels::ref

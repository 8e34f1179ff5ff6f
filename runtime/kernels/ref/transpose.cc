#include "runtime/kernels/ref/transpose.h"

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {

void Transpose(const TransposeArgs& args) {
  const Strides x_strides = RowMajor(args.x_dims);
  Shape y_dims = args.x_dims;
  Strides strides[1];
  for (int axis = 0; axis < y_dims.rank; ++axis) {
    y_dims[axis] = args.x_dims[args.perm[axis]];
    strides[0][axis] = x_strides[args.perm[axis]];
  }
  WithSize(args.dtype, [&](auto element) {
    using T = decltype(element);
    const T* x = static_cast<const T*>(args.x);
    T* y = static_cast<T*>(args.y);
    ForEach(y_dims, strides, [&](int64_t i, const int64_t* at) { y[i] = x[at[0]]; });
  });
}

}  // namespace vitrt::kernels::ref

#include "runtime/kernels/ref/slice.h"

#include <cstring>

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {

void Slice(const SliceArgs& args) {
  // Axes [outer_rank, rank) of y are one contiguous run of x: whole inner axes and one axis of step 1.
  const int rank = args.y_dims.rank;
  int outer_rank = rank;
  while (outer_rank > 0) {
    const int axis = outer_rank - 1;
    if (args.steps[axis] != 1 && args.y_dims[axis] != 1) break;
    --outer_rank;
    if (args.y_dims[axis] != args.x_dims[axis]) break;
  }
  const Strides x_strides = RowMajor(args.x_dims);
  int64_t start = 0;
  Strides strides[1];
  for (int axis = 0; axis < rank; ++axis) {
    start += args.starts[axis] * x_strides[axis];
    strides[0][axis] = args.steps[axis] * x_strides[axis];
  }
  const int64_t element = SizeOf(args.dtype), run = args.y_dims.SizeOf(outer_rank, rank) * element;
  if (run == 0) return;  // then x and y may be null
  const char* x = static_cast<const char*>(args.x);
  char* y = static_cast<char*>(args.y);
  const Shape outer(std::span<const int64_t>(args.y_dims.dims, static_cast<size_t>(outer_rank)));
  ForEach(outer, strides, [&](int64_t i, const int64_t* at) {
    std::memcpy(y + i * run, x + (start + at[0]) * element, static_cast<size_t>(run));
  });
}

}  // namespace vitrt::kernels::ref

#include "runtime/kernels/ref/gather.h"

#include <cstring>

namespace vitrt::kernels::ref {

void Gather(const GatherArgs& args) {
  const int64_t outer = args.data_dims.SizeOf(0, args.axis), size = args.data_dims[args.axis];
  const int64_t run = args.data_dims.SizeOf(args.axis + 1, args.data_dims.rank) * SizeOf(args.dtype);  // bytes
  const int64_t count = args.indices_dims.Size();
  const char* data = static_cast<const char*>(args.data);
  char* y = static_cast<char*>(args.y);
  for (int64_t i = 0; i < outer; ++i) {
    for (int64_t j = 0; j < count; ++j, y += run) {
      std::memcpy(y, data + (i * size + InAxis(args.indices[j], size)) * run, static_cast<size_t>(run));
    }
  }
}

void GatherElements(const GatherArgs& args) {
  Strides strides[1] = {RowMajor(args.data_dims)};
  const int64_t step = strides[0][args.axis], size = args.data_dims[args.axis];
  strides[0][args.axis] = 0;
  WithSize(args.dtype, [&](auto element) {
    using T = decltype(element);
    const T* data = static_cast<const T*>(args.data);
    T* y = static_cast<T*>(args.y);
    ForEach(args.indices_dims, strides,
            [&](int64_t i, const int64_t* at) { y[i] = data[at[0] + InAxis(args.indices[i], size) * step]; });
  });
}

void GatherND(const GatherArgs& args) {
  const int last = args.indices_dims.rank - 1;
  const int64_t tuple = args.indices_dims[last];
  const int run_axis = args.batch_dims + static_cast<int>(tuple);
  const int64_t run = args.data_dims.SizeOf(run_axis, args.data_dims.rank) * SizeOf(args.dtype);  // bytes
  const int64_t batches = args.indices_dims.SizeOf(0, args.batch_dims);
  const int64_t tuples = args.indices_dims.SizeOf(args.batch_dims, last);
  const char* data = static_cast<const char*>(args.data);
  char* y = static_cast<char*>(args.y);
  for (int64_t i = 0; i < batches * tuples; ++i, y += run) {
    int64_t position = i / tuples;
    for (int64_t j = 0; j < tuple; ++j) {
      const int64_t size = args.data_dims[args.batch_dims + static_cast<int>(j)];
      position = position * size + InAxis(args.indices[i * tuple + j], size);
    }
    std::memcpy(y, data + position * run, static_cast<size_t>(run));
  }
}

}  // namespace vitrt::kernels::ref

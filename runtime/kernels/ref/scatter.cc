#include "runtime/kernels/ref/scatter.h"

#include <algorithm>
#include <cstring>

namespace vitrt::kernels::ref {
namespace {

template <typename T>
T Combine(plan::ReduceFn reduction, T old, T update) {
  switch (reduction) {
    case plan::ReduceFn::Prod:
      return old * update;
    case plan::ReduceFn::Max:
      return std::max(old, update);
    case plan::ReduceFn::Min:
      return std::min(old, update);
    default:
      return old + update;
  }
}

}  // namespace

void ScatterND(const ScatterArgs& args) {
  const int last = args.indices_dims.rank - 1;
  const int tuple = static_cast<int>(args.indices_dims[last]);
  const int64_t run = args.data_dims.SizeOf(tuple, args.data_dims.rank);
  const int64_t tuples = args.indices_dims.SizeOf(0, last), element = SizeOf(args.dtype);
  std::memmove(args.y, args.data, static_cast<size_t>(args.data_dims.Size() * element));
  for (int64_t i = 0; i < tuples; ++i) {
    int64_t position = 0;
    for (int axis = 0; axis < tuple; ++axis) {
      position = position * args.data_dims[axis] + InAxis(args.indices[i * tuple + axis], args.data_dims[axis]);
    }
    char* y = static_cast<char*>(args.y) + position * run * element;
    const char* update = static_cast<const char*>(args.updates) + i * run * element;
    if (!args.reduce) {
      std::memcpy(y, update, static_cast<size_t>(run * element));
      continue;
    }
    WithNumber(args.dtype, [&](auto number) {
      using T = decltype(number);
      T* old = reinterpret_cast<T*>(y);
      const T* values = reinterpret_cast<const T*>(update);
      for (int64_t j = 0; j < run; ++j) old[j] = Combine(args.reduction, old[j], values[j]);
    });
  }
}

}  // namespace vitrt::kernels::ref

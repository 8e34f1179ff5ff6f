#include "runtime/kernels/ref/where.h"

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {

void Where(const WhereArgs& args) {
  WithSize(args.dtype, [&](auto element) {
    using T = decltype(element);
    const T* a = static_cast<const T*>(args.a);
    const T* b = static_cast<const T*>(args.b);
    T* y = static_cast<T*>(args.y);
    const Strides strides[3] = {Broadcast(args.condition_dims, args.y_dims), Broadcast(args.a_dims, args.y_dims),
                                Broadcast(args.b_dims, args.y_dims)};
    ForEach(args.y_dims, strides,
            [&](int64_t i, const int64_t* at) { y[i] = args.condition[at[0]] ? a[at[1]] : b[at[2]]; });
  });
}

}  // namespace vitrt::kernels::ref

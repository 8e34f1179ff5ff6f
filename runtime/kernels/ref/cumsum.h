// Running sums along an axis.
#pragma once

#include <cstdint>
#include <type_traits>

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {

struct CumSumArgs {
  plan::DType dtype = plan::DType::F32;  // F32, I32 or I64
  int64_t outer = 1, axis = 1, inner = 1;
  bool exclusive = false, reverse = false;
  const void* x = nullptr;  // [outer, axis, inner]
  void* y = nullptr;
};

inline void CumSum(const CumSumArgs& args) {
  WithNumber(args.dtype, [&](auto number) {
    using T = decltype(number);
    using Sum = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;  // integers wrap
    const T* x = static_cast<const T*>(args.x);
    T* y = static_cast<T*>(args.y);
    for (int64_t line = 0; line < args.outer * args.inner; ++line) {
      const int64_t base = line / args.inner * args.axis * args.inner + line % args.inner;
      Sum sum = 0;
      for (int64_t i = 0; i < args.axis; ++i) {
        const int64_t at = base + (args.reverse ? args.axis - 1 - i : i) * args.inner;
        const Sum before = sum;
        sum += static_cast<Sum>(x[at]);
        y[at] = static_cast<T>(args.exclusive ? before : sum);
      }
    }
  });
}

}  // namespace vitrt::kernels::ref

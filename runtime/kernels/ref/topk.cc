#include "runtime/kernels/ref/topk.h"

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {
namespace {

template <typename T>
bool Greater(T a, T b) {  // a total order: NaN above all
  return a > b || (!(a == a) && b == b);
}

// Inserts each element into the sorted list of the best so far, which lives in the outputs.
template <typename T>
void Line(const TopKArgs& args, const T* x, T* values, int64_t* indices) {
  const int64_t step = args.inner;
  int64_t filled = 0;
  for (int64_t i = 0; i < args.axis; ++i) {
    const T value = x[i * step];
    int64_t at = filled;
    while (at > 0) {
      const T other = values[(at - 1) * step];
      if (!(args.largest ? Greater(value, other) : Greater(other, value))) break;
      --at;
    }
    if (at == args.k) continue;
    if (filled < args.k) ++filled;
    for (int64_t j = filled - 1; j > at; --j) {
      values[j * step] = values[(j - 1) * step];
      indices[j * step] = indices[(j - 1) * step];
    }
    values[at * step] = value;
    indices[at * step] = i;
  }
}

}  // namespace

void TopK(const TopKArgs& args) {
  WithNumber(args.dtype, [&](auto number) {
    using T = decltype(number);
    for (int64_t line = 0; line < args.outer * args.inner; ++line) {
      const int64_t outer = line / args.inner, inner = line % args.inner;
      const int64_t y = outer * args.k * args.inner + inner;
      Line(args, static_cast<const T*>(args.x) + outer * args.axis * args.inner + inner,
           static_cast<T*>(args.values) + y, args.indices + y);
    }
  });
}

}  // namespace vitrt::kernels::ref

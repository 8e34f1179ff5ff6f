#include "runtime/kernels/ref/concat.h"

#include <cstring>

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {

void ConcatPart(const ConcatArgs& args) {
  const int64_t outer = args.x_dims.SizeOf(0, args.axis);
  const int64_t inner = args.x_dims.SizeOf(args.axis + 1, args.x_dims.rank) * SizeOf(args.dtype);  // bytes
  const int64_t run = args.x_dims[args.axis] * inner;
  const char* x = static_cast<const char*>(args.x);
  char* y = static_cast<char*>(args.y) + args.begin * inner;
  for (int64_t i = 0; i < outer; ++i) std::memcpy(y + i * args.y_axis * inner, x + i * run, static_cast<size_t>(run));
}

}  // namespace vitrt::kernels::ref

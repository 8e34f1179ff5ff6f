#include "runtime/kernels/ref/cast.h"

#include <type_traits>

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {
namespace {

template <typename From, typename To>
To Convert(From x) {
  if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>) return Saturate<To>(x);
  return static_cast<To>(x);
}

// Calls f(T{}) with the C++ type of the dtype; Bool and U8 are uint8_t.
template <typename F>
void WithElement(plan::DType dtype, F&& f) {
  if (SizeOf(dtype) == 1) return f(uint8_t{});
  WithNumber(dtype, f);
}

template <typename From>
void CastFrom(const CastArgs& args) {
  const From* x = static_cast<const From*>(args.x);
  if (args.to == plan::DType::Bool) {
    uint8_t* y = static_cast<uint8_t*>(args.y);
    for (int64_t i = 0; i < args.count; ++i) y[i] = x[i] != 0;
    return;
  }
  WithElement(args.to, [&](auto element) {
    using To = decltype(element);
    To* y = static_cast<To*>(args.y);
    for (int64_t i = 0; i < args.count; ++i) y[i] = Convert<From, To>(x[i]);
  });
}

}  // namespace

void Cast(const CastArgs& args) {
  WithElement(args.from, [&](auto element) { CastFrom<decltype(element)>(args); });
}

}  // namespace vitrt::kernels::ref

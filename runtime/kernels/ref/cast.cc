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

template <typename From>
void CastFrom(const CastArgs& args) {
  const From* x = static_cast<const From*>(args.x);
  if (args.to == plan::DType::Bool) {
    uint8_t* y = static_cast<uint8_t*>(args.y);
    for (int64_t i = 0; i < args.count; ++i) y[i] = x[i] != 0;
    return;
  }
  WithNumber(args.to, [&](auto number) {
    using To = decltype(number);
    To* y = static_cast<To*>(args.y);
    for (int64_t i = 0; i < args.count; ++i) y[i] = Convert<From, To>(x[i]);
  });
}

}  // namespace

void Cast(const CastArgs& args) {
  if (args.from == plan::DType::Bool) return CastFrom<uint8_t>(args);
  WithNumber(args.from, [&](auto number) { CastFrom<decltype(number)>(args); });
}

}  // namespace vitrt::kernels::ref

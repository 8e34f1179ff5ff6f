#include "runtime/kernels/ref/binary.h"

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {
namespace {

using plan::BinaryFn;
using plan::DType;

template <typename T>
constexpr bool kReal = std::is_floating_point_v<T>;

// Integer arithmetic wraps; it is done on the unsigned type, where that is defined.
template <typename T>
T Wrap(uint64_t value) {
  return static_cast<T>(value);
}

template <typename T>
T Divide(T x, T z) {
  if constexpr (kReal<T>) return x / z;
  if (z == 0) return 0;
  return z == -1 ? Wrap<T>(-static_cast<uint64_t>(x)) : static_cast<T>(x / z);
}

template <typename T>
T Remainder(T x, T z) {  // sign of the dividend
  if constexpr (kReal<T>) return std::fmod(x, z);
  if (z == 0 || z == -1) return 0;
  return static_cast<T>(static_cast<int64_t>(x) % static_cast<int64_t>(z));
}

template <typename T>
T Modulo(T x, T z) {  // sign of the divisor
  const T remainder = Remainder(x, z);
  return remainder != 0 && (remainder < 0) != (z < 0) ? remainder + z : remainder;
}

template <typename T>
T Power(T x, T z) {
  if constexpr (kReal<T>) {
    return static_cast<T>(std::pow(static_cast<double>(x), static_cast<double>(z)));
  } else {
    if (z < 0) return x == 1 ? 1 : x == -1 ? (z % 2 == 0 ? 1 : -1) : 0;
    uint64_t result = 1, square = static_cast<uint64_t>(x);
    for (uint64_t left = static_cast<uint64_t>(z); left; left >>= 1, square *= square) {
      if (left & 1) result *= square;
    }
    return Wrap<T>(result);
  }
}

template <typename T>
bool IsNan(T x) {
  if constexpr (kReal<T>) return std::isnan(x);
  return false;
}

template <typename T>
T Min(T x, T z) {  // NaN if either is
  return IsNan(x) || x < z ? x : z;
}
template <typename T>
T Max(T x, T z) {
  return IsNan(x) || x > z ? x : z;
}

template <typename Out, typename T, typename F>
void Map(const BinaryArgs& args, F&& f) {
  const T* x = static_cast<const T*>(args.x);
  const T* z = static_cast<const T*>(args.z);
  Out* y = static_cast<Out*>(args.y);
  const Strides strides[2] = {Broadcast(args.x_dims, args.y_dims), Broadcast(args.z_dims, args.y_dims)};
  ForEach(args.y_dims, strides, [&](int64_t i, const int64_t* at) { y[i] = static_cast<Out>(f(x[at[0]], z[at[1]])); });
}

template <typename T>
void Numbers(const BinaryArgs& args) {
  using Word = std::conditional_t<kReal<T>, T, uint64_t>;  // arithmetic that may wrap
  switch (args.fn) {
    case BinaryFn::Add:
      return Map<T, T>(args, [](T x, T z) { return static_cast<Word>(x) + static_cast<Word>(z); });
    case BinaryFn::Sub:
      return Map<T, T>(args, [](T x, T z) { return static_cast<Word>(x) - static_cast<Word>(z); });
    case BinaryFn::Mul:
      return Map<T, T>(args, [](T x, T z) { return static_cast<Word>(x) * static_cast<Word>(z); });
    case BinaryFn::Div:
      return Map<T, T>(args, Divide<T>);
    case BinaryFn::Pow:
      return Map<T, T>(args, Power<T>);
    case BinaryFn::Min:
      return Map<T, T>(args, Min<T>);
    case BinaryFn::Max:
      return Map<T, T>(args, Max<T>);
    case BinaryFn::Mod:
      return Map<T, T>(args, Modulo<T>);
    case BinaryFn::Fmod:
      return Map<T, T>(args, Remainder<T>);
    case BinaryFn::Equal:
      return Map<uint8_t, T>(args, [](T x, T z) { return x == z; });
    case BinaryFn::Less:
      return Map<uint8_t, T>(args, [](T x, T z) { return x < z; });
    case BinaryFn::LessOrEqual:
      return Map<uint8_t, T>(args, [](T x, T z) { return x <= z; });
    case BinaryFn::Greater:
      return Map<uint8_t, T>(args, [](T x, T z) { return x > z; });
    case BinaryFn::GreaterOrEqual:
      return Map<uint8_t, T>(args, [](T x, T z) { return x >= z; });
    case BinaryFn::PRelu:
      return Map<T, T>(
          args, [](T x, T z) { return x < 0 ? static_cast<Word>(z) * static_cast<Word>(x) : static_cast<Word>(x); });
    case BinaryFn::And:
    case BinaryFn::Or:
    case BinaryFn::Xor:
      return;  // not of numbers
  }
}

}  // namespace

void Binary(const BinaryArgs& args) {
  if (args.dtype != DType::Bool) return WithNumber(args.dtype, [&](auto number) { Numbers<decltype(number)>(args); });
  using Bool = uint8_t;
  switch (args.fn) {
    case BinaryFn::And:
      return Map<Bool, Bool>(args, [](Bool x, Bool z) { return x && z; });
    case BinaryFn::Or:
      return Map<Bool, Bool>(args, [](Bool x, Bool z) { return x || z; });
    case BinaryFn::Xor:
      return Map<Bool, Bool>(args, [](Bool x, Bool z) { return !x != !z; });
    default:
      return Map<Bool, Bool>(args, [](Bool x, Bool z) { return !x == !z; });  // Equal
  }
}

}  // namespace vitrt::kernels::ref

// Unary, Binary, Where, Cast. Integers are computed in 64 bits and wrap; integer division truncates, and by zero is 0.
#include <cmath>

#include "converters/graph/broadcast.h"
#include "converters/graph/evaluate.h"
#include "converters/graph/ops.h"

namespace vitrt::convert::evaluate {
namespace {

using plan::BinaryFn;

int64_t Wrap(uint64_t x) { return static_cast<int64_t>(x); }

int64_t PowI64(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  uint64_t result = 1, square = static_cast<uint64_t>(base);
  for (; exponent > 0; exponent >>= 1, square *= square) {
    if (exponent & 1) result *= square;
  }
  return Wrap(result);
}

int64_t RemainderI64(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }

// The functions whose result is a truth value, which read alike for every element type.
template <typename T>
bool Truth(BinaryFn fn, T a, T b) {
  switch (fn) {
    case BinaryFn::Equal:
      return a == b;
    case BinaryFn::Less:
      return a < b;
    case BinaryFn::LessOrEqual:
      return a <= b;
    case BinaryFn::Greater:
      return a > b;
    case BinaryFn::GreaterOrEqual:
      return a >= b;
    case BinaryFn::And:
      return a != 0 && b != 0;
    case BinaryFn::Or:
      return a != 0 || b != 0;
    case BinaryFn::Xor:
      return (a != 0) != (b != 0);
    default:
      return false;  // no such function: the callers have named the others
  }
}

int64_t BinaryI64(BinaryFn fn, int64_t a, int64_t b) {
  const uint64_t ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  switch (fn) {
    case BinaryFn::Add:
      return Wrap(ua + ub);
    case BinaryFn::Sub:
      return Wrap(ua - ub);
    case BinaryFn::Mul:
      return Wrap(ua * ub);
    case BinaryFn::Div:
      return b == 0 ? 0 : b == -1 ? Wrap(0 - ua) : a / b;
    case BinaryFn::Pow:
      return PowI64(a, b);
    case BinaryFn::Min:
      return std::min(a, b);
    case BinaryFn::Max:
      return std::max(a, b);
    case BinaryFn::Mod: {
      const int64_t r = RemainderI64(a, b);
      return r != 0 && (r < 0) != (b < 0) ? r + b : r;
    }
    case BinaryFn::Fmod:
      return RemainderI64(a, b);
    case BinaryFn::PRelu:
      return a < 0 ? Wrap(ua * ub) : a;
    default:
      return Truth(fn, a, b);
  }
}

double BinaryF64(BinaryFn fn, double a, double b) {
  switch (fn) {
    case BinaryFn::Add:
      return a + b;
    case BinaryFn::Sub:
      return a - b;
    case BinaryFn::Mul:
      return a * b;
    case BinaryFn::Div:
      return a / b;
    case BinaryFn::Pow:
      return std::pow(a, b);
    case BinaryFn::Min:
      return std::isnan(a) || a < b ? a : b;  // NaN from either side
    case BinaryFn::Max:
      return std::isnan(a) || a > b ? a : b;
    case BinaryFn::Mod: {
      const double r = std::fmod(a, b);
      return r != 0 && (r < 0) != (b < 0) ? r + b : r;
    }
    case BinaryFn::Fmod:
      return std::fmod(a, b);
    case BinaryFn::PRelu:
      return a < 0 ? a * b : a;
    default:
      return Truth(fn, a, b);
  }
}

// T: element type of the inputs, Out: of the output.
template <typename T, typename Out, typename Compute>
Tensor BinaryLoop(const Context& c, Compute compute) {
  MutableTensor y(c.out());
  const T *a = c.in(0).data<T>(), *b = c.in(1).data<T>();
  Out* out = y.data<Out>();
  const std::array<Shape, 2> strides{BroadcastStrides(c.shape(0), y.shape()), BroadcastStrides(c.shape(1), y.shape())};
  Walk<2>(y.shape(), strides, {0, 0}, [&](const auto& at) { *out++ = static_cast<Out>(compute(a[at[0]], b[at[1]])); });
  return std::move(y).Freeze();
}

template <typename From, typename To>
To Convert(From x) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return x >= -0x1p63 && x < 0x1p63 ? static_cast<To>(static_cast<int64_t>(x)) : std::numeric_limits<To>::min();
  } else {
    return static_cast<To>(x);
  }
}

// Calls f(T{}) with the C++ type of the dtype; Bool and U8 are uint8_t.
template <typename F>
void ByType(DType dtype, F f) {
  if (dtype == DType::F32) return f(float{});
  if (dtype == DType::I32) return f(int32_t{});
  if (dtype == DType::I64) return f(int64_t{});
  f(uint8_t{});
}

int64_t UnaryI64(plan::UnaryFn fn, int64_t x) {
  using enum plan::UnaryFn;
  if (fn == Relu) return std::max<int64_t>(x, 0);
  if (fn == Neg || (fn == Abs && x < 0)) return Wrap(0 - static_cast<uint64_t>(x));
  if (fn == Sign) return (x > 0) - (x < 0);
  return x;
}

}  // namespace

Result<Tensors> EvaluateUnary(const Context& c) {
  const plan::Activation act = ops::ActivationOf(c.attributes<plan::UnaryT>().act);
  const Tensor& x = c.in(0);
  if (act.fn() == plan::UnaryFn::Identity) return Tensors{x};
  MutableTensor y(c.out());
  const int64_t n = x.size();
  ByType(x.dtype, [&](auto in) {
    ByType(c.out().dtype, [&](auto out) {
      const auto* from = x.data<decltype(in)>();
      auto* to = y.data<decltype(out)>();
      const bool integer = x.dtype == DType::I32 || x.dtype == DType::I64;
      for (int64_t i = 0; i < n; ++i) {
        to[i] = integer ? static_cast<decltype(out)>(UnaryI64(act.fn(), static_cast<int64_t>(from[i])))
                        : static_cast<decltype(out)>(Activate(act, static_cast<double>(from[i])));
      }
    });
  });
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluateBinary(const Context& c) {
  const BinaryFn fn = c.attributes<plan::BinaryT>().fn;
  const bool to_bool = c.out().dtype == DType::Bool;
  auto f64 = [fn](double a, double b) { return BinaryF64(fn, a, b); };
  auto i64 = [fn](int64_t a, int64_t b) { return BinaryI64(fn, a, b); };
  switch (c.in(0).dtype) {
    case DType::F32:
      return Tensors{to_bool ? BinaryLoop<float, uint8_t>(c, f64) : BinaryLoop<float, float>(c, f64)};
    case DType::I32:
      return Tensors{to_bool ? BinaryLoop<int32_t, uint8_t>(c, i64) : BinaryLoop<int32_t, int32_t>(c, i64)};
    case DType::I64:
      return Tensors{to_bool ? BinaryLoop<int64_t, uint8_t>(c, i64) : BinaryLoop<int64_t, int64_t>(c, i64)};
    case DType::Bool:
      return Tensors{BinaryLoop<uint8_t, uint8_t>(c, i64)};
    case DType::U8:
      break;  // no number
  }
  return Internal("no such dtype");
}

Result<Tensors> EvaluateWhere(const Context& c) {
  MutableTensor y(c.out());
  ByWidth(c.out().dtype, [&](auto tag) {
    using T = decltype(tag);
    const uint8_t* condition = c.in(0).boolean();
    const T *a = c.in(1).data<T>(), *b = c.in(2).data<T>();
    T* out = y.data<T>();
    std::array<Shape, 3> strides;
    for (size_t i = 0; i < 3; ++i) strides[i] = BroadcastStrides(c.shape(i), y.shape());
    Walk<3>(y.shape(), strides, {0, 0, 0}, [&](const auto& at) { *out++ = condition[at[0]] ? a[at[1]] : b[at[2]]; });
  });
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluateCast(const Context& c) {
  const Tensor& x = c.in(0);
  if (x.dtype == c.out().dtype) return Tensors{x};
  MutableTensor y(c.out());
  const int64_t n = x.size();
  ByType(x.dtype, [&](auto in) {
    ByType(c.out().dtype, [&](auto out) {
      const auto* from = x.data<decltype(in)>();
      auto* to = y.data<decltype(out)>();
      const bool to_bool = c.out().dtype == DType::Bool;
      for (int64_t i = 0; i < n; ++i) {
        to[i] = to_bool ? static_cast<decltype(out)>(from[i] != 0) : Convert<decltype(in), decltype(out)>(from[i]);
      }
    });
  });
  return Tensors{std::move(y).Freeze()};
}

}  // namespace vitrt::convert::evaluate

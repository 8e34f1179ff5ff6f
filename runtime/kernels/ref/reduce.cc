#include "runtime/kernels/ref/reduce.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {
namespace {

using plan::ReduceFn;

template <typename T>
bool IsNan(T x) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(x);
  return false;
}

template <typename T>
T Real(double value) {
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(value);
  return Saturate<T>(value);
}

// The reduced elements of one output: count of them, and visit(f) calls f(value) for each in order.
template <typename T, typename Visit>
T ReduceOne(ReduceFn fn, int64_t count, Visit&& visit) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
  using Limits = std::numeric_limits<T>;
  const auto total = [&](auto&& term) {
    Sum sum = 0;
    visit([&](T x) { sum += term(static_cast<Sum>(x)); });
    return sum;
  };
  const auto extreme = [&](T start, auto&& better) {
    visit([&](T x) { start = better(x, start) || IsNan(x) ? x : start; });
    return start;
  };
  const T lowest = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  const T highest = Limits::has_infinity ? Limits::infinity() : Limits::max();
  const auto largest = [&] { return extreme(lowest, [](T a, T b) { return a > b; }); };
  const auto plain = [](Sum x) { return x; };
  const auto square = [](Sum x) { return x * x; };
  const auto magnitude = [](Sum x) { return x < 0 ? -x : x; };
  switch (fn) {
    case ReduceFn::Mean:
      if (!std::is_floating_point_v<T> && count == 0) return 0;
      return static_cast<T>(total(plain) / static_cast<Sum>(count));
    case ReduceFn::Sum:
      return static_cast<T>(total(plain));
    case ReduceFn::Max:
      return largest();
    case ReduceFn::Min:
      return extreme(highest, [](T a, T b) { return a < b; });
    case ReduceFn::Prod: {
      Sum product = 1;
      visit([&](T x) { product *= static_cast<Sum>(x); });
      return static_cast<T>(product);
    }
    case ReduceFn::L1:
      return static_cast<T>(total(magnitude));
    case ReduceFn::L2:
      return static_cast<T>(std::sqrt(static_cast<double>(total(square))));
    case ReduceFn::SumSquare:
      return static_cast<T>(total(square));
    case ReduceFn::LogSum:
      return Real<T>(std::log(static_cast<double>(total(plain))));
    case ReduceFn::LogSumExp: {
      const double shift = static_cast<double>(largest());
      if (!std::isfinite(shift)) return Real<T>(shift);
      double sum = 0;
      visit([&](T x) { sum += std::exp(static_cast<double>(x) - shift); });
      return Real<T>(shift + std::log(sum));
    }
  }
  return 0;
}

template <typename T>
void ReduceAll(const ReduceArgs& args) {
  const Strides x_strides = RowMajor(args.x_dims);
  Shape kept, reduced;
  Strides kept_strides[1], reduced_strides[1];
  for (int axis = 0; axis < args.x_dims.rank; ++axis) {
    Shape& shape = args.reduced[axis] ? reduced : kept;
    (args.reduced[axis] ? reduced_strides : kept_strides)[0][shape.rank] = x_strides[axis];
    shape[shape.rank++] = args.x_dims[axis];
  }
  const T* x = static_cast<const T*>(args.x);
  T* y = static_cast<T*>(args.y);
  ForEach(kept, kept_strides, [&](int64_t i, const int64_t* base) {
    y[i] = ReduceOne<T>(args.fn, reduced.Size(), [&](auto&& f) {
      ForEach(reduced, reduced_strides, [&](int64_t, const int64_t* at) { f(x[base[0] + at[0]]); });
    });
  });
}

}  // namespace

void Reduce(const ReduceArgs& args) {
  WithNumber(args.dtype, [&](auto number) { ReduceAll<decltype(number)>(args); });
}

void ArgReduce(const ArgReduceArgs& args) {
  WithNumber(args.dtype, [&](auto number) {
    using T = decltype(number);
    const T* x = static_cast<const T*>(args.x);
    for (int64_t line = 0; line < args.outer * args.inner; ++line) {
      const T* values = x + line / args.inner * args.axis * args.inner + line % args.inner;
      int64_t best = 0;
      for (int64_t i = 1; i < args.axis; ++i) {
        const T value = values[i * args.inner], leader = values[best * args.inner];
        const bool better = args.max ? value > leader : value < leader;
        if (better || (args.select_last && value == leader)) best = i;
      }
      args.y[line] = best;
    }
  });
}

}  // namespace vitrt::kernels::ref

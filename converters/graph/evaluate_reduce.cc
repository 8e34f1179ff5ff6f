// Reduce, ArgReduce, TopK.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "converters/graph/evaluate.h"

namespace vitrt::convert::evaluate {
namespace {

using plan::ReduceFn;

// One reduction in double: start value, step and end of the fold. LogSumExp first needs the maximum (see below).
struct Fold {
  double start;
  double (*step)(double sum, double x);
  double (*finish)(double sum, double count);
};

double Keep(double sum, double) { return sum; }
double PlusAbs(double sum, double x) { return sum + std::fabs(x); }
double PlusSquare(double sum, double x) { return sum + x * x; }
double Plus(double sum, double x) { return sum + x; }

// In the order of plan::ReduceFn.
const Fold kFolds[] = {
    /* Mean      */ {0, Plus, [](double sum, double n) { return sum / n; }},
    /* Sum       */ {0, Plus, Keep},
    /* Max       */ {-HUGE_VAL, [](double sum, double x) { return std::isnan(x) || x > sum ? x : sum; }, Keep},
    /* Min       */ {HUGE_VAL, [](double sum, double x) { return std::isnan(x) || x < sum ? x : sum; }, Keep},
    /* Prod      */ {1, [](double sum, double x) { return sum * x; }, Keep},
    /* L1        */ {0, PlusAbs, Keep},
    /* L2        */ {0, PlusSquare, [](double sum, double) { return std::sqrt(sum); }},
    /* SumSquare */ {0, PlusSquare, Keep},
    /* LogSum    */ {0, Plus, [](double sum, double) { return std::log(sum); }},
    /* LogSumExp */
    {0, [](double sum, double x) { return sum + std::exp(x); }, [](double sum, double) { return std::log(sum); }},
};
static_assert(std::size(kFolds) == static_cast<size_t>(ReduceFn::MAX) + 1);

// The exact folds of integers; the others go through double.
uint64_t StepInteger(ReduceFn fn, uint64_t sum, int64_t x) {
  const int64_t s = static_cast<int64_t>(sum);
  const uint64_t u = static_cast<uint64_t>(x);
  if (fn == ReduceFn::Max) return static_cast<uint64_t>(std::max(s, x));
  if (fn == ReduceFn::Min) return static_cast<uint64_t>(std::min(s, x));
  if (fn == ReduceFn::Prod) return sum * u;
  if (fn == ReduceFn::L1) return sum + (x < 0 ? 0 - u : u);
  if (fn == ReduceFn::SumSquare) return sum + u * u;
  return sum + u;  // Sum, Mean
}

uint64_t StartInteger(ReduceFn fn, DType dtype) {
  const bool wide = dtype == DType::I64, is_bool = dtype == DType::Bool;
  const int64_t low = is_bool ? 0 : wide ? INT64_MIN : INT32_MIN, high = is_bool ? 1 : wide ? INT64_MAX : INT32_MAX;
  if (fn == ReduceFn::Max) return static_cast<uint64_t>(low);
  if (fn == ReduceFn::Min) return static_cast<uint64_t>(high);
  return fn == ReduceFn::Prod ? 1 : 0;
}

bool FoldsExactly(ReduceFn fn) { return fn != ReduceFn::L2 && fn != ReduceFn::LogSum && fn != ReduceFn::LogSumExp; }

// Compares as TopK and ArgReduce need it: a NaN counts as larger than every number.
bool Before(double a, double b, bool largest) {
  if (std::isnan(a) || std::isnan(b))
    return largest ? std::isnan(a) && !std::isnan(b) : !std::isnan(a) && std::isnan(b);
  return largest ? a > b : a < b;
}

}  // namespace

Result<Tensors> EvaluateReduce(const Context& c) {
  const auto& op = c.attributes<plan::ReduceT>();
  const Shape& shape = c.shape(0);
  Shape kept = shape, steps(shape.size());  // steps: strides of the result along the input's axes
  for (int32_t axis : op.axes) kept[static_cast<size_t>(axis)] = 1;
  const Shape kept_strides = Strides(kept);
  for (size_t i = 0; i < shape.size(); ++i) steps[i] = kept[i] == 1 ? 0 : kept_strides[i];
  const size_t n = static_cast<size_t>(NumElements(kept));
  const double count = n == 0 ? 0 : static_cast<double>(NumElements(shape)) / static_cast<double>(n);
  size_t i = 0;

  if (c.out().dtype != DType::F32 && FoldsExactly(op.fn)) {
    const std::vector<int64_t> x = ToI64Vector(c.in(0));
    std::vector<uint64_t> sums(n, StartInteger(op.fn, c.out().dtype));
    Walk<1>(shape, {steps}, {0}, [&](const auto& at) {
      uint64_t& sum = sums[static_cast<size_t>(at[0])];
      sum = StepInteger(op.fn, sum, x[i++]);
    });
    std::vector<int64_t> result(n);
    for (size_t j = 0; j < n; ++j) {
      result[j] = static_cast<int64_t>(sums[j]);
      if (op.fn == ReduceFn::Mean && count > 0) result[j] /= static_cast<int64_t>(count);
    }
    MutableTensor y(c.out());
    for (size_t j = 0; j < n; ++j) {
      if (c.out().dtype == DType::I32) y.data<int32_t>()[j] = static_cast<int32_t>(result[j]);
      if (c.out().dtype == DType::I64) y.data<int64_t>()[j] = result[j];
      if (c.out().dtype == DType::Bool) y.data<uint8_t>()[j] = result[j] != 0;
    }
    return Tensors{std::move(y).Freeze()};
  }

  const std::vector<double> x = ToF64Vector(c.in(0));
  const Fold& fold = kFolds[static_cast<size_t>(op.fn)];
  std::vector<double> top(n, 0);
  if (op.fn == ReduceFn::LogSumExp) {
    std::fill(top.begin(), top.end(), -HUGE_VAL);
    Walk<1>(shape, {steps}, {0}, [&](const auto& at) {
      double& t = top[static_cast<size_t>(at[0])];
      t = std::max(t, x[i++]);
    });
    for (double& t : top) t = std::isfinite(t) ? t : 0;
    i = 0;
  }
  std::vector<double> sums(n, fold.start);
  Walk<1>(shape, {steps}, {0}, [&](const auto& at) {
    const size_t j = static_cast<size_t>(at[0]);
    sums[j] = fold.step(sums[j], x[i++] - top[j]);
  });
  for (size_t j = 0; j < n; ++j) sums[j] = fold.finish(sums[j], count) + top[j];
  return Tensors{FromF64Vector(c.out(), sums)};
}

Result<Tensors> EvaluateArgReduce(const Context& c) {
  const auto& op = c.attributes<plan::ArgReduceT>();
  const AxisView v(c.shape(0), op.axis);
  const std::vector<double> x = ToF64Vector(c.in(0));
  MutableTensor y(c.out());
  for (int64_t o = 0; o < v.outer; ++o) {
    for (int64_t j = 0; j < v.inner; ++j) {
      auto at = [&](int64_t i) { return x[static_cast<size_t>((o * v.size + i) * v.inner + j)]; };
      int64_t best = 0;
      for (int64_t i = 1; i < v.size; ++i) {
        const bool better =
            std::isnan(at(i)) ? !std::isnan(at(best)) : Before(at(i), at(best), op.max) && !std::isnan(at(best));
        const bool tie = op.select_last && at(i) == at(best);
        if (better || tie) best = i;
      }
      y.data<int64_t>()[o * v.inner + j] = best;
    }
  }
  return Tensors{std::move(y).Freeze()};
}

Result<Tensors> EvaluateTopK(const Context& c) {
  const auto& op = c.attributes<plan::TopKT>();
  const AxisView v(c.shape(0), op.axis);
  const int64_t k = c.out().shape[static_cast<size_t>(op.axis)];
  const std::vector<double> x = ToF64Vector(c.in(0));
  MutableTensor values(c.outputs[0]), indices(c.outputs[1]);
  std::vector<int64_t> order(static_cast<size_t>(v.size));
  for (int64_t o = 0; o < v.outer; ++o) {
    for (int64_t j = 0; j < v.inner; ++j) {
      auto at = [&](int64_t i) { return (o * v.size + i) * v.inner + j; };
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        return Before(x[static_cast<size_t>(at(a))], x[static_cast<size_t>(at(b))], op.largest);
      });
      for (int64_t i = 0; i < k; ++i) {
        const int64_t to = (o * k + i) * v.inner + j, from = order[static_cast<size_t>(i)];
        indices.data<int64_t>()[to] = from;
        ByWidth(c.out().dtype, [&](auto tag) {
          using T = decltype(tag);
          values.data<T>()[to] = c.in(0).data<T>()[at(from)];
        });
      }
    }
  }
  return Tensors{std::move(values).Freeze(), std::move(indices).Freeze()};
}

}  // namespace vitrt::convert::evaluate

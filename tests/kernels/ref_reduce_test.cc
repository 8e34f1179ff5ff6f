// ref/reduce.h, topk.h, cumsum.h and softmax.h against values worked out by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "runtime/kernels/ref/cumsum.h"
#include "runtime/kernels/ref/reduce.h"
#include "runtime/kernels/ref/softmax.h"
#include "runtime/kernels/ref/topk.h"

namespace vitrt::kernels::ref {
namespace {

using plan::DType;
using plan::ReduceFn;
using Floats = std::vector<float>;
using Longs = std::vector<int64_t>;

void CheckClose(const Floats& y, const Floats& expected) {
  REQUIRE(y.size() == expected.size());
  for (size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(expected[i]).epsilon(1e-6));
}

TEST_CASE("every reduction over the last axis of [[1, -2, 3], [4, 5, -6]]") {
  const Floats x = {1, -2, 3, 4, 5, -6};
  const struct {
    ReduceFn fn;
    Floats y;
  } cases[] = {{ReduceFn::Mean, {2.0f / 3, 1}},
               {ReduceFn::Sum, {2, 3}},
               {ReduceFn::Max, {3, 5}},
               {ReduceFn::Min, {-2, -6}},
               {ReduceFn::Prod, {-6, -120}},
               {ReduceFn::L1, {6, 15}},
               {ReduceFn::L2, {std::sqrt(14.0f), std::sqrt(77.0f)}},
               {ReduceFn::SumSquare, {14, 77}},
               {ReduceFn::LogSum, {std::log(2.0f), std::log(3.0f)}},
               {ReduceFn::LogSumExp, {3.1328452f, 5.3132731f}}};
  for (const auto& test : cases) {
    CAPTURE(plan::EnumNameReduceFn(test.fn));
    Floats y(2);
    Reduce({.fn = test.fn, .x_dims = {2, 3}, .reduced = {false, true}, .x = x.data(), .y = y.data()});
    CheckClose(y, test.y);
  }
}

TEST_CASE("reduces any set of axes, all of them, none, and empty ones") {
  const Floats x = {0, 1, 2, 3, 4, 5, 6, 7};
  Floats pair(2), one(1), all(8);
  Reduce({.fn = ReduceFn::Sum, .x_dims = {2, 2, 2}, .reduced = {true, false, true}, .x = x.data(), .y = pair.data()});
  CHECK(pair == Floats{10, 18});
  Reduce({.fn = ReduceFn::Mean, .x_dims = {2, 2, 2}, .reduced = {true, true, true}, .x = x.data(), .y = one.data()});
  CHECK(one == Floats{3.5f});
  Reduce({.fn = ReduceFn::SumSquare, .x_dims = {8}, .x = x.data(), .y = all.data()});
  CHECK(all == Floats{0, 1, 4, 9, 16, 25, 36, 49});
  Reduce({.fn = ReduceFn::Max, .x_dims = {1, 0}, .reduced = {false, true}, .x = x.data(), .y = one.data()});
  CHECK(one == Floats{-std::numeric_limits<float>::infinity()});
  Reduce({.fn = ReduceFn::Prod, .x_dims = {1, 0}, .reduced = {false, true}, .x = x.data(), .y = one.data()});
  CHECK(one == Floats{1});
}

TEST_CASE("integers keep their exactness") {
  const Longs x = {(int64_t{1} << 60) + 1, 2, -7};
  Longs y(1);
  Reduce({.fn = ReduceFn::Sum, .dtype = DType::I64, .x_dims = {3}, .reduced = {true}, .x = x.data(), .y = y.data()});
  CHECK(y[0] == (int64_t{1} << 60) - 4);
  Reduce({.fn = ReduceFn::Min, .dtype = DType::I64, .x_dims = {3}, .reduced = {true}, .x = x.data(), .y = y.data()});
  CHECK(y[0] == -7);
}

TEST_CASE("the index of an extreme: the first, or the last when asked") {
  const Floats x = {3, 1, 3, 1};
  Longs y(1);
  ArgReduce({.axis = 4, .max = true, .x = x.data(), .y = y.data()});
  CHECK(y[0] == 0);
  ArgReduce({.axis = 4, .max = true, .select_last = true, .x = x.data(), .y = y.data()});
  CHECK(y[0] == 2);
  ArgReduce({.axis = 4, .max = false, .x = x.data(), .y = y.data()});
  CHECK(y[0] == 1);
  Longs columns(2);
  ArgReduce({.axis = 2, .inner = 2, .max = false, .x = x.data(), .y = columns.data()});
  CHECK(columns == Longs{0, 0});
}

TEST_CASE("the k largest and smallest, equal ones by index, along any axis") {
  const Floats x = {2, 9, 2, 7, 9};
  Floats values(3);
  Longs indices(3);
  TopK({.axis = 5, .k = 3, .largest = true, .x = x.data(), .values = values.data(), .indices = indices.data()});
  CHECK(values == Floats{9, 9, 7});
  CHECK(indices == Longs{1, 4, 3});
  TopK({.axis = 5, .k = 3, .largest = false, .x = x.data(), .values = values.data(), .indices = indices.data()});
  CHECK(values == Floats{2, 2, 7});
  CHECK(indices == Longs{0, 2, 3});
  const Floats columns = {1, 6, 5, 2, 3, 4};  // [3, 2] along axis 0
  Floats top(2);
  Longs at(2);
  TopK({.axis = 3,
        .inner = 2,
        .k = 1,
        .largest = true,
        .x = columns.data(),
        .values = top.data(),
        .indices = at.data()});
  CHECK(top == Floats{5, 6});
  CHECK(at == Longs{1, 0});
  const Floats odd = {1, std::numeric_limits<float>::quiet_NaN(), 3};
  TopK({.axis = 3, .k = 2, .largest = true, .x = odd.data(), .values = top.data(), .indices = at.data()});
  CHECK(at == Longs{1, 2});
}

TEST_CASE("running sums, exclusive and reversed") {
  const Floats x = {1, 2, 3};
  const struct {
    bool exclusive, reverse;
    Floats y;
  } cases[] = {{false, false, {1, 3, 6}}, {true, false, {0, 1, 3}}, {false, true, {6, 5, 3}}, {true, true, {5, 3, 0}}};
  for (const auto& test : cases) {
    Floats y(3);
    CumSum({.axis = 3, .exclusive = test.exclusive, .reverse = test.reverse, .x = x.data(), .y = y.data()});
    CHECK(y == test.y);
  }
  const Longs wide = {1, 2, 3, 4};
  Longs y(4);
  CumSum({.dtype = DType::I64, .axis = 2, .inner = 2, .x = wide.data(), .y = y.data()});
  CHECK(y == Longs{1, 2, 4, 6});
}

TEST_CASE("softmax over the middle axis, also of large values, and its logarithm") {
  const float third = 0.09003057f, second = 0.24472847f, first = 0.66524096f;
  const Floats x = {1001, 1, 1002, 2, 1003, 3};  // [3, 2]
  Floats y(6);
  Softmax({.axis = 3, .inner = 2, .x = x.data(), .y = y.data()});
  CheckClose(y, {third, third, second, second, first, first});
  Softmax({.axis = 3, .inner = 2, .log = true, .x = x.data(), .y = y.data()});
  CheckClose(y,
             {std::log(third), std::log(third), std::log(second), std::log(second), std::log(first), std::log(first)});
}

}  // namespace
}  // namespace vitrt::kernels::ref

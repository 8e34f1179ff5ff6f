// ref/unary.h, binary.h, where.h and cast.h against values worked out by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "runtime/kernels/ref/binary.h"
#include "runtime/kernels/ref/cast.h"
#include "runtime/kernels/ref/unary.h"
#include "runtime/kernels/ref/where.h"

namespace vitrt::kernels::ref {
namespace {

using plan::BinaryFn;
using plan::DType;
using plan::UnaryFn;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct UnaryCase {
  UnaryFn fn;
  float alpha, beta, x, y;
};

const UnaryCase kUnary[] = {
    {UnaryFn::Identity, 0, 0, 3, 3},
    {UnaryFn::Relu, 0, 0, -2, 0},
    {UnaryFn::Relu, 0, 0, 2, 2},
    {UnaryFn::LeakyRelu, 0.1f, 0, -2, -0.2f},
    {UnaryFn::Elu, 2, 0, -1, 2 * -0.63212055f},
    {UnaryFn::GeluErf, 0, 0, 1, 0.84134475f},
    {UnaryFn::GeluTanh, 0, 0, 1, 0.84119199f},
    {UnaryFn::Sigmoid, 0, 0, 0, 0.5f},
    {UnaryFn::HardSigmoid, 0.2f, 0.5f, 1, 0.7f},
    {UnaryFn::HardSigmoid, 0.2f, 0.5f, 4, 1},
    {UnaryFn::HardSwish, 0, 0, 1, 0.6666667f},
    {UnaryFn::HardSwish, 0, 0, -4, 0},
    {UnaryFn::Silu, 1, 0, 1, 0.73105858f},
    {UnaryFn::Silu, 1.702f, 0, 1, 0.84579573f},
    {UnaryFn::Tanh, 0, 0, 0.5f, 0.46211716f},
    {UnaryFn::Clip, -1, 1, -3, -1},
    {UnaryFn::Clip, 2, 1, 0, 1},
    {UnaryFn::Neg, 0, 0, 2, -2},
    {UnaryFn::Abs, 0, 0, -2, 2},
    {UnaryFn::Sqrt, 0, 0, 9, 3},
    {UnaryFn::Exp, 0, 0, 1, 2.7182818f},
    {UnaryFn::Log, 0, 0, 2, 0.69314718f},
    {UnaryFn::Erf, 0, 0, 0.5f, 0.52049988f},
    {UnaryFn::Reciprocal, 0, 0, 4, 0.25f},
    {UnaryFn::Sin, 0, 0, 1, 0.84147098f},
    {UnaryFn::Cos, 0, 0, 1, 0.54030231f},
    {UnaryFn::Floor, 0, 0, -1.5f, -2},
    {UnaryFn::Ceil, 0, 0, -1.5f, -1},
    {UnaryFn::Round, 0, 0, 2.5f, 2},
    {UnaryFn::Round, 0, 0, -1.5f, -2},
    {UnaryFn::Sign, 0, 0, -7, -1},
    {UnaryFn::Softplus, 0, 0, 1, 1.3132617f},
    {UnaryFn::Softplus, 0, 0, 200, 200},
    {UnaryFn::Mish, 0, 0, 1, 0.86509839f},
    {UnaryFn::Tan, 0, 0, 1, 1.5574077f},
    {UnaryFn::Asin, 0, 0, 0.5f, 0.52359878f},
    {UnaryFn::Acos, 0, 0, 0.5f, 1.0471976f},
    {UnaryFn::Atan, 0, 0, 1, 0.78539816f},
    {UnaryFn::Sinh, 0, 0, 1, 1.1752012f},
    {UnaryFn::Cosh, 0, 0, 1, 1.5430806f},
    {UnaryFn::Asinh, 0, 0, 1, 0.88137359f},
    {UnaryFn::Acosh, 0, 0, 2, 1.3169579f},
    {UnaryFn::Atanh, 0, 0, 0.5f, 0.54930614f},
    {UnaryFn::Softsign, 0, 0, -1, -0.5f},
    {UnaryFn::Selu, 2, 3, -1, 6 * -0.63212055f},
    {UnaryFn::Selu, 2, 3, 1, 3},
    {UnaryFn::Celu, 2, 0, -2, 2 * -0.63212055f},
    {UnaryFn::ThresholdedRelu, 1, 0, 0.9f, 0},
    {UnaryFn::ThresholdedRelu, 1, 0, 1.5f, 1.5f},
    {UnaryFn::Relu, 0, 0, kNan, kNan},
    {UnaryFn::Clip, 0, 1, kNan, kNan},
};

TEST_CASE("every real function has the value of its definition") {
  for (const UnaryCase& test : kUnary) {
    CAPTURE(plan::EnumNameUnaryFn(test.fn));
    CAPTURE(test.x);
    float y = 0;
    Unary({.fn = test.fn, .alpha = test.alpha, .beta = test.beta, .count = 1, .x = &test.x, .y = &y});
    if (std::isnan(test.y))
      CHECK(std::isnan(y));
    else
      CHECK(y == doctest::Approx(test.y).epsilon(1e-6));
  }
}

TEST_CASE("integers, logic and the classes of floats") {
  const std::vector<int64_t> x = {-5, 0, 3, std::numeric_limits<int64_t>::min()};
  std::vector<int64_t> y(4);
  Unary({.fn = UnaryFn::Abs, .dtype = DType::I64, .count = 4, .x = x.data(), .y = y.data()});
  CHECK(y == std::vector<int64_t>{5, 0, 3, std::numeric_limits<int64_t>::min()});
  Unary({.fn = UnaryFn::Clip, .alpha = -2, .beta = 1, .dtype = DType::I64, .count = 4, .x = x.data(), .y = y.data()});
  CHECK(y == std::vector<int64_t>{-2, 0, 1, -2});
  const std::vector<float> f = {1, kInf, -kInf, kNan};
  std::vector<uint8_t> b(4);
  Unary({.fn = UnaryFn::IsInf, .count = 4, .x = f.data(), .y = b.data()});
  CHECK(b == std::vector<uint8_t>{0, 1, 1, 0});
  Unary({.fn = UnaryFn::IsInf, .alpha = 1, .beta = 0, .count = 4, .x = f.data(), .y = b.data()});
  CHECK(b == std::vector<uint8_t>{0, 0, 1, 0});
  Unary({.fn = UnaryFn::IsNaN, .count = 4, .x = f.data(), .y = b.data()});
  CHECK(b == std::vector<uint8_t>{0, 0, 0, 1});
  Unary({.fn = UnaryFn::Not, .dtype = DType::Bool, .count = 4, .x = b.data(), .y = b.data()});
  CHECK(b == std::vector<uint8_t>{1, 1, 1, 0});
}

template <typename T>
struct BinaryCase {
  BinaryFn fn;
  T x, z, y;
};

template <typename T, typename Y = T>
Y One(BinaryFn fn, DType dtype, T x, T z) {
  Y y{};
  Binary({.fn = fn, .dtype = dtype, .x_dims = {}, .z_dims = {}, .y_dims = {}, .x = &x, .z = &z, .y = &y});
  return y;
}

TEST_CASE("arithmetic of floats and integers") {
  const BinaryCase<float> floats[] = {{BinaryFn::Add, 1, 2, 3},
                                      {BinaryFn::Sub, 1, 2, -1},
                                      {BinaryFn::Mul, 3, 2, 6},
                                      {BinaryFn::Div, 1, 4, 0.25f},
                                      {BinaryFn::Pow, 2, 0.5f, 1.4142135f},
                                      {BinaryFn::Min, 1, 2, 1},
                                      {BinaryFn::Max, 1, 2, 2},
                                      {BinaryFn::Mod, -5, 3, 1},
                                      {BinaryFn::Fmod, -5, 3, -2},
                                      {BinaryFn::PRelu, -2, 0.25f, -0.5f},
                                      {BinaryFn::PRelu, 2, 0.25f, 2}};
  for (const auto& test : floats) {
    CAPTURE(plan::EnumNameBinaryFn(test.fn));
    CHECK(One(test.fn, DType::F32, test.x, test.z) == doctest::Approx(test.y));
  }
  CHECK(std::isnan(One(BinaryFn::Min, DType::F32, kNan, 1.0f)));
  CHECK(std::isnan(One(BinaryFn::Max, DType::F32, 1.0f, kNan)));
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min();
  const BinaryCase<int64_t> integers[] = {{BinaryFn::Div, -7, 2, -3},
                                          {BinaryFn::Div, 7, 0, 0},
                                          {BinaryFn::Div, kLow, -1, kLow},
                                          {BinaryFn::Mod, -7, 3, 2},
                                          {BinaryFn::Mod, 7, -3, -2},
                                          {BinaryFn::Fmod, -7, 3, -1},
                                          {BinaryFn::Mod, kLow, -1, 0},
                                          {BinaryFn::Pow, 3, 4, 81},
                                          {BinaryFn::Pow, 2, -1, 0},
                                          {BinaryFn::Pow, -1, -3, -1},
                                          {BinaryFn::Add, kLow, -1, std::numeric_limits<int64_t>::max()}};
  for (const auto& test : integers) {
    CAPTURE(plan::EnumNameBinaryFn(test.fn));
    CHECK(One(test.fn, DType::I64, test.x, test.z) == test.y);
  }
  CHECK(One(BinaryFn::Mul, DType::I32, int32_t{1 << 20}, int32_t{1 << 20}) == 0);
}

TEST_CASE("comparisons and logic give Bool") {
  CHECK(One<float, uint8_t>(BinaryFn::Less, DType::F32, 1, 2) == 1);
  CHECK(One<float, uint8_t>(BinaryFn::GreaterOrEqual, DType::F32, kNan, 2) == 0);
  CHECK(One<int64_t, uint8_t>(BinaryFn::Equal, DType::I64, 4, 4) == 1);
  CHECK(One<int32_t, uint8_t>(BinaryFn::Greater, DType::I32, 1, 2) == 0);
  CHECK(One<float, uint8_t>(BinaryFn::LessOrEqual, DType::F32, 2, 2) == 1);
  CHECK(One<uint8_t>(BinaryFn::And, DType::Bool, 1, 0) == 0);
  CHECK(One<uint8_t>(BinaryFn::Or, DType::Bool, 1, 0) == 1);
  CHECK(One<uint8_t>(BinaryFn::Xor, DType::Bool, 1, 1) == 0);
  CHECK(One<uint8_t>(BinaryFn::Equal, DType::Bool, 0, 0) == 1);
}

TEST_CASE("both sides broadcast as in NumPy") {
  const std::vector<float> x = {1, 2, 3}, z = {10, 20};  // [3] with [2, 1]
  std::vector<float> y(6);
  Binary({.fn = BinaryFn::Add,
          .x_dims = {3},
          .z_dims = {2, 1},
          .y_dims = {2, 3},
          .x = x.data(),
          .z = z.data(),
          .y = y.data()});
  CHECK(y == std::vector<float>{11, 12, 13, 21, 22, 23});
  const std::vector<uint8_t> condition = {1, 0};
  const std::vector<int64_t> a = {1, 2, 3}, b = {-1};
  std::vector<int64_t> chosen(6);
  Where({.dtype = DType::I64,
         .condition_dims = {2, 1},
         .a_dims = {3},
         .b_dims = {},
         .y_dims = {2, 3},
         .condition = condition.data(),
         .a = a.data(),
         .b = b.data(),
         .y = chosen.data()});
  CHECK(chosen == std::vector<int64_t>{1, 2, 3, -1, -1, -1});
}

TEST_CASE("casts truncate, saturate and know true from false") {
  const std::vector<float> x = {1.9f, -1.9f, 1e20f, -1e20f, kNan, 0};
  std::vector<int64_t> i(6);
  Cast({.from = DType::F32, .to = DType::I64, .count = 6, .x = x.data(), .y = i.data()});
  CHECK(i ==
        std::vector<int64_t>{1, -1, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min(), 0, 0});
  std::vector<uint8_t> b(6);
  Cast({.from = DType::F32, .to = DType::Bool, .count = 6, .x = x.data(), .y = b.data()});
  CHECK(b == std::vector<uint8_t>{1, 1, 1, 1, 1, 0});
  std::vector<float> f(6);
  Cast({.from = DType::Bool, .to = DType::F32, .count = 6, .x = b.data(), .y = f.data()});
  CHECK(f == std::vector<float>{1, 1, 1, 1, 1, 0});
  std::vector<int32_t> narrow(2);
  const std::vector<int64_t> wide = {7, (int64_t{1} << 32) + 5};
  Cast({.from = DType::I64, .to = DType::I32, .count = 2, .x = wide.data(), .y = narrow.data()});
  CHECK(narrow == std::vector<int32_t>{7, 5});
}

}  // namespace
}  // namespace vitrt::kernels::ref

#include "runtime/kernels/ref/unary.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

#include "runtime/kernels/ref/element.h"

namespace vitrt::kernels::ref {
namespace {

using plan::DType;
using plan::UnaryFn;

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double Softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double HardSigmoid(double alpha, double beta, double x) { return std::max(0.0, std::min(1.0, alpha * x + beta)); }
double Elu(double alpha, double x) { return x < 0 ? alpha * std::expm1(x) : x; }

double GeluTanh(double x) {  // Hendrycks, Gimpel 2016, the tanh form
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

template <typename T>
T IntegerValue(const UnaryArgs& args, T x) {
  switch (args.fn) {
    case UnaryFn::Relu:
      return std::max<T>(x, 0);
    case UnaryFn::Neg:
      return static_cast<T>(-static_cast<uint64_t>(x));
    case UnaryFn::Abs:
      return x < 0 ? static_cast<T>(-static_cast<uint64_t>(x)) : x;
    case UnaryFn::Sign:
      return static_cast<T>((x > 0) - (x < 0));
    case UnaryFn::Clip:  // bounds may lie outside the type
      if (static_cast<double>(x) < args.alpha) x = Saturate<T>(args.alpha);
      return static_cast<double>(x) > args.beta ? Saturate<T>(args.beta) : x;
    default:
      return x;
  }
}

template <typename T>
void Integers(const UnaryArgs& args) {
  const T* x = static_cast<const T*>(args.x);
  T* y = static_cast<T*>(args.y);
  for (int64_t i = 0; i < args.count; ++i) y[i] = IntegerValue(args, x[i]);
}

void Classify(const UnaryArgs& args) {  // IsNaN, IsInf
  const float* x = static_cast<const float*>(args.x);
  uint8_t* y = static_cast<uint8_t*>(args.y);
  const bool both = args.alpha == 0 && args.beta == 0;
  for (int64_t i = 0; i < args.count; ++i) {
    const bool wanted = both || (x[i] < 0 ? args.alpha != 0 : args.beta != 0);
    y[i] = args.fn == UnaryFn::IsNaN ? std::isnan(x[i]) : std::isinf(x[i]) && wanted;
  }
}

}  // namespace

double Evaluate(UnaryFn fn, double alpha, double beta, double x) {
  switch (fn) {
    case UnaryFn::Identity:
      return x;
    case UnaryFn::Relu:
      return x < 0 ? 0 : x;
    case UnaryFn::LeakyRelu:
      return x < 0 ? alpha * x : x;
    case UnaryFn::Elu:
      return Elu(alpha, x);
    case UnaryFn::GeluErf:
      return 0.5 * x * (1 + std::erf(x * (std::numbers::sqrt2 / 2)));
    case UnaryFn::GeluTanh:
      return GeluTanh(x);
    case UnaryFn::Sigmoid:
      return Sigmoid(x);
    case UnaryFn::HardSigmoid:
      return HardSigmoid(alpha, beta, x);
    case UnaryFn::HardSwish:
      return x * HardSigmoid(1.0 / 6, 0.5, x);
    case UnaryFn::Silu:
      return x * Sigmoid(alpha * x);
    case UnaryFn::Tanh:
      return std::tanh(x);
    case UnaryFn::Clip:
      x = x < alpha ? alpha : x;
      return x > beta ? beta : x;
    case UnaryFn::Neg:
      return -x;
    case UnaryFn::Abs:
      return std::abs(x);
    case UnaryFn::Sqrt:
      return std::sqrt(x);
    case UnaryFn::Exp:
      return std::exp(x);
    case UnaryFn::Log:
      return std::log(x);
    case UnaryFn::Erf:
      return std::erf(x);
    case UnaryFn::Reciprocal:
      return 1 / x;
    case UnaryFn::Sin:
      return std::sin(x);
    case UnaryFn::Cos:
      return std::cos(x);
    case UnaryFn::Floor:
      return std::floor(x);
    case UnaryFn::Ceil:
      return std::ceil(x);
    case UnaryFn::Round:
      return std::nearbyint(x);
    case UnaryFn::Sign:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case UnaryFn::Softplus:
      return Softplus(x);
    case UnaryFn::Mish:
      return x * std::tanh(Softplus(x));
    case UnaryFn::Tan:
      return std::tan(x);
    case UnaryFn::Asin:
      return std::asin(x);
    case UnaryFn::Acos:
      return std::acos(x);
    case UnaryFn::Atan:
      return std::atan(x);
    case UnaryFn::Sinh:
      return std::sinh(x);
    case UnaryFn::Cosh:
      return std::cosh(x);
    case UnaryFn::Asinh:
      return std::asinh(x);
    case UnaryFn::Acosh:
      return std::acosh(x);
    case UnaryFn::Atanh:
      return std::atanh(x);
    case UnaryFn::Softsign:
      return x / (1 + std::abs(x));
    case UnaryFn::Selu:
      return beta * Elu(alpha, x);
    case UnaryFn::Celu:
      return std::max(x, 0.0) + std::min(0.0, alpha * std::expm1(x / alpha));
    case UnaryFn::ThresholdedRelu:
      return x > alpha ? x : 0;
    case UnaryFn::FakeQuantize: {  // in fp32: a quotient beside a half rounds as the model's does
      if (!std::isfinite(x)) return std::numeric_limits<double>::quiet_NaN();
      const float scale = static_cast<float>(alpha), least = static_cast<float>(beta);
      const float rounded = std::nearbyint(static_cast<float>(x) / scale);
      return static_cast<double>(scale * std::clamp(rounded, least, least + 255));
    }
    case UnaryFn::Not:
    case UnaryFn::IsNaN:
    case UnaryFn::IsInf:
      break;  // not real-valued
  }
  return x;
}

void Unary(const UnaryArgs& args) {
  if (args.fn == UnaryFn::Identity) {
    std::memmove(args.y, args.x, static_cast<size_t>(args.count * SizeOf(args.dtype)));
  } else if (args.dtype == DType::I32) {
    Integers<int32_t>(args);
  } else if (args.dtype == DType::I64) {
    Integers<int64_t>(args);
  } else if (args.dtype == DType::Bool) {  // Not
    for (int64_t i = 0; i < args.count; ++i) static_cast<uint8_t*>(args.y)[i] = !static_cast<const uint8_t*>(args.x)[i];
  } else if (args.fn == UnaryFn::IsNaN || args.fn == UnaryFn::IsInf) {
    Classify(args);
  } else {
    const float* x = static_cast<const float*>(args.x);
    float* y = static_cast<float*>(args.y);
    for (int64_t i = 0; i < args.count; ++i) y[i] = static_cast<float>(Evaluate(args.fn, args.alpha, args.beta, x[i]));
  }
}

}  // namespace vitrt::kernels::ref

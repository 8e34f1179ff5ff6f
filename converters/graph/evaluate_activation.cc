// The functions of plan::UnaryFn on one double.
#include <cmath>
#include <limits>
#include <numbers>

#include "converters/graph/evaluate.h"

namespace vitrt::convert::evaluate {
namespace {

// log(1 + exp(x)) without overflow.
double Softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double Clip(double x, double low, double high) {
  const double raised = x < low ? low : x;  // NaN stays NaN
  return raised > high ? high : raised;
}

// Hendrycks, Gimpel 2016: exact, and the tanh approximation.
double GeluErf(double x) { return 0.5 * x * (1 + std::erf(x * (std::numbers::sqrt2 / 2))); }
double GeluTanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::numbers::sqrt2 * std::numbers::inv_sqrtpi * (x + 0.044715 * x * x * x)));
}

// In float, operation by operation: beside a half, the quotient's own rounding decides.
double FakeQuantize(double x, double scale, double least) {
  if (!std::isfinite(x)) return std::numeric_limits<double>::quiet_NaN();
  const float rounded = std::nearbyint(static_cast<float>(x) / static_cast<float>(scale));
  return static_cast<float>(Clip(rounded, least, least + 255)) * static_cast<float>(scale);
}

using Function = double (*)(double x, double alpha, double beta);

// In the order of plan::UnaryFn.
constexpr Function kFunctions[] = {
    /* Identity    */ [](double x, double, double) { return x; },
    /* Relu        */ [](double x, double, double) { return x < 0 ? 0 : x; },
    /* LeakyRelu   */ [](double x, double a, double) { return x < 0 ? a * x : x; },
    /* Elu         */ [](double x, double a, double) { return x < 0 ? a * std::expm1(x) : x; },
    /* GeluErf     */ [](double x, double, double) { return GeluErf(x); },
    /* GeluTanh    */ [](double x, double, double) { return GeluTanh(x); },
    /* Sigmoid     */ [](double x, double, double) { return Sigmoid(x); },
    /* HardSigmoid */ [](double x, double a, double b) { return Clip(a * x + b, 0, 1); },
    /* HardSwish   */ [](double x, double, double) { return x * Clip(x / 6 + 0.5, 0, 1); },
    /* Silu        */ [](double x, double a, double) { return x * Sigmoid(a * x); },
    /* Tanh        */ [](double x, double, double) { return std::tanh(x); },
    /* Clip        */ [](double x, double a, double b) { return Clip(x, a, b); },
    /* Neg         */ [](double x, double, double) { return -x; },
    /* Abs         */ [](double x, double, double) { return std::fabs(x); },
    /* Sqrt        */ [](double x, double, double) { return std::sqrt(x); },
    /* Exp         */ [](double x, double, double) { return std::exp(x); },
    /* Log         */ [](double x, double, double) { return std::log(x); },
    /* Erf         */ [](double x, double, double) { return std::erf(x); },
    /* Reciprocal  */ [](double x, double, double) { return 1 / x; },
    /* Sin         */ [](double x, double, double) { return std::sin(x); },
    /* Cos         */ [](double x, double, double) { return std::cos(x); },
    /* Floor       */ [](double x, double, double) { return std::floor(x); },
    /* Ceil        */ [](double x, double, double) { return std::ceil(x); },
    /* Round       */ [](double x, double, double) { return std::nearbyint(x); },
    /* Sign        */
    [](double x, double, double) { return std::isnan(x) ? x : static_cast<double>((x > 0) - (x < 0)); },
    /* Softplus    */ [](double x, double, double) { return Softplus(x); },
    /* Mish        */ [](double x, double, double) { return x * std::tanh(Softplus(x)); },
    /* Not         */ [](double x, double, double) { return x == 0 ? 1.0 : 0.0; },
    /* IsNaN       */ [](double x, double, double) { return std::isnan(x) ? 1.0 : 0.0; },
    /* IsInf       */ [](double x, double, double) { return std::isinf(x) ? 1.0 : 0.0; },
    /* Tan         */ [](double x, double, double) { return std::tan(x); },
    /* Asin        */ [](double x, double, double) { return std::asin(x); },
    /* Acos        */ [](double x, double, double) { return std::acos(x); },
    /* Atan        */ [](double x, double, double) { return std::atan(x); },
    /* Sinh        */ [](double x, double, double) { return std::sinh(x); },
    /* Cosh        */ [](double x, double, double) { return std::cosh(x); },
    /* Asinh       */ [](double x, double, double) { return std::asinh(x); },
    /* Acosh       */ [](double x, double, double) { return std::acosh(x); },
    /* Atanh       */ [](double x, double, double) { return std::atanh(x); },
    /* Softsign    */ [](double x, double, double) { return x / (1 + std::fabs(x)); },
    /* Selu        */ [](double x, double a, double b) { return b * (x > 0 ? x : a * std::expm1(x)); },
    /* Celu        */ [](double x, double a, double) { return x > 0 ? x : a * std::expm1(x / a); },
    /* ThresholdedRelu */ [](double x, double a, double) { return x > a ? x : 0; },
    /* FakeQuantize    */ FakeQuantize,
};
static_assert(std::size(kFunctions) == static_cast<size_t>(plan::UnaryFn::MAX) + 1);

}  // namespace

double Activate(const plan::Activation& act, double x) {
  return kFunctions[static_cast<size_t>(act.fn())](x, double{act.alpha()}, double{act.beta()});
}

}  // namespace vitrt::convert::evaluate

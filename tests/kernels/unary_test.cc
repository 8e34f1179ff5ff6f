#include "runtime/kernels/ref/unary.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/tiers.h"

namespace vitrt::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Error bound at x: absolute + relative * |result| + slope * |x|.
struct Case {
  const char* name;
  Fn fn;
  float alpha, beta;
  double absolute, relative, slope;
};
constexpr Case kCases[] = {
    {"identity", Fn::kIdentity, 0, 0, 0, 0, 0},
    {"ReLU", Fn::kRelu, 0, 0, 0, 0, 0},
    {"leaky ReLU", Fn::kLeakyRelu, 0.01f, 0, 1e-45, 6e-8, 0},
    {"GELU", Fn::kGeluErf, 0, 0, 1e-45, 0, 3e-7},
    {"GELU by tanh", Fn::kGeluTanh, 0, 0, 1e-15, 4e-6,
     0},  // e^-u carries the rounding of u; the oracle itself cancels below 1e-15
    {"sigmoid", Fn::kSigmoid, 0, 0, 2e-38, 6e-7, 0},
    {"hard sigmoid", Fn::kHardSigmoid, 0.2f, 0.5f, 2e-7, 0, 0},
    {"hard swish", Fn::kHardSwish, 0, 0, 1e-45, 0, 2e-7},
    {"SiLU", Fn::kSilu, 1, 0, 2e-36, 7e-7, 0},
    {"QuickGELU", Fn::kSilu, 1.702f, 0, 2e-36, 6e-6, 0},
    {"tanh", Fn::kTanh, 0, 0, 1e-45, 5e-7, 0},
    {"clip", Fn::kClip, -1.5f, 6, 0, 0, 0},
};

// Every magnitude from the smallest denormal to 3e38, both signs, and a dense sweep of [-20, 20].
Buffer Inputs() {
  std::vector<float> values = {0.0f, -0.0f};
  for (float x = 1e-45f; x < 1e38f; x *= 1.7f) values.push_back(x), values.push_back(-x);
  for (int i = -80000; i <= 80000; ++i) values.push_back(static_cast<float>(i) * 2.5e-4f);
  Buffer inputs(static_cast<int64_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) inputs[static_cast<int64_t>(i)] = values[i];
  return inputs;
}

TEST_CASE("functions keep their error bounds against double") {
  const Buffer x = Inputs();
  for (const Case& test : kCases) {
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(std::string(tier->name));
      CAPTURE(std::string(test.name));
      Buffer y(x.size());
      tier->unary(test.fn, test.alpha, test.beta, x.data(), y.data(), x.size());
      CHECK(y.Intact());
      double worst = 0;  // error as a share of its bound
      float worst_x = 0;
      for (int64_t i = 0; i < x.size(); ++i) {
        const double exact = ref::Evaluate(static_cast<plan::UnaryFn>(test.fn), test.alpha, test.beta, x[i]);
        const double bound =
            test.absolute + test.relative * std::abs(exact) + test.slope * std::abs(static_cast<double>(x[i]));
        const double error = std::abs(exact - y[i]);
        const double share = error == 0 ? 0 : error / bound;
        if (!(share <= worst)) worst = share, worst_x = x[i];
      }
      CAPTURE(worst_x);
      CHECK(worst <= 1);
    }
  }
}

TEST_CASE("NaN in is NaN out, in the vector and in the tail") {
  for (const Case& test : kCases) {
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(std::string(tier->name));
      CAPTURE(std::string(test.name));
      Buffer x(37, 0.5f);
      x[3] = x[36] = std::numeric_limits<float>::quiet_NaN();
      tier->unary(test.fn, test.alpha, test.beta, x.data(), x.data(), 37);
      for (int64_t i = 0; i < 37; ++i) CHECK(std::isnan(x[i]) == (i == 3 || i == 36));
    }
  }
}

TEST_CASE("limits at infinity") {
  struct Limit {
    Fn fn;
    float alpha, beta, at_minus, at_plus;
  };
  constexpr Limit kLimits[] = {
      {Fn::kIdentity, 0, 0, -kInfinity, kInfinity},
      {Fn::kRelu, 0, 0, 0, kInfinity},
      {Fn::kLeakyRelu, 0.5f, 0, -kInfinity, kInfinity},
      {Fn::kSigmoid, 0, 0, 0, 1},
      {Fn::kHardSigmoid, 0.2f, 0.5f, 0, 1},
      {Fn::kTanh, 0, 0, -1, 1},
      {Fn::kClip, -2, 3, -2, 3},
  };
  for (const Limit& limit : kLimits) {
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(std::string(tier->name));
      CAPTURE(static_cast<int>(limit.fn));
      Buffer x(2);
      x[0] = -kInfinity, x[1] = kInfinity;
      tier->unary(limit.fn, limit.alpha, limit.beta, x.data(), x.data(), 2);
      CHECK(LargestError(&x[0], &limit.at_minus, 1) <= 1e-6);
      CHECK(LargestError(&x[1], &limit.at_plus, 1) <= 1e-6);
    }
  }
}

TEST_CASE("every count from 0 to 40 touches its elements only, with the same bits as alone") {
  const Buffer x = Random(40, 3, -4, 4);
  for (const KernelTable* tier : Tiers()) {
    Buffer alone(40);
    for (int64_t i = 0; i < 40; ++i) tier->unary(Fn::kGeluErf, 0, 0, &x.data()[i], &alone[i], 1);
    for (int64_t count = 0; count <= 40; ++count) {
      CAPTURE(std::string(tier->name));
      CAPTURE(count);
      Buffer y(count);
      tier->unary(Fn::kGeluErf, 0, 0, x.data(), y.data(), count);
      CHECK(y.Intact());
      CHECK(SameBits(y.data(), alone.data(), count));
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

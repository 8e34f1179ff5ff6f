#include "runtime/kernels/ref/gemm.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/tiers.h"

namespace vitrt::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// k additions, each rounded by eps/2 = 6e-8 of a sum that stays of the order of sqrt(k).
double Tolerance(int64_t k) { return 1e-6 + 6e-8 * static_cast<double>(k); }

struct Shape {
  int64_t m, k, n;
};
constexpr Shape kShapes[] = {
    {1, 1, 1},    {1, 768, 1000}, {2, 7, 17},    {3, 33, 4},    {4, 257, 18},  {5, 13, 16},   {6, 64, 32},
    {7, 255, 31}, {8, 256, 48},   {11, 511, 33}, {13, 100, 98}, {16, 320, 98}, {49, 97, 192}, {128, 256, 64},
    {196, 40, 4}, {197, 192, 98}, {25, 513, 18}, {97, 5, 80},   {14, 98, 34},
};

struct Problem {
  Shape shape;
  int64_t lda, ldc;
  Buffer a, panels, bias, row_bias, residual;

  explicit Problem(Shape s)
      : shape(s),
        lda(s.k + 3),
        ldc(s.n + 5),
        a(Random(s.m * lda, 1)),
        panels(Panels(Random(s.k * s.n, 2), s.k, s.n)),
        bias(Random(s.n, 3)),
        row_bias(Random(s.m * s.n, 4)),
        residual(Random(s.m * ldc, 5)) {}

  GemmArgs Args(Buffer& c, const Epilogue& epilogue = {}) const {
    return {.m = shape.m,
            .n = shape.n,
            .k = shape.k,
            .a = a.data(),
            .lda = lda,
            .b = panels.data(),
            .c = c.data(),
            .ldc = ldc,
            .epilogue = epilogue};
  }
  GemmBlock All() const { return {0, shape.m, 0, PanelCount(shape.n)}; }
};

TEST_CASE("the matrix product agrees with the reference at every shape") {
  for (const Shape& shape : kShapes) {
    const Problem p(shape);
    Buffer expected(shape.m * p.ldc, 7);
    ref::Gemm(p.Args(expected), p.All());
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(std::string(tier->name));
      CAPTURE(shape.m);
      CAPTURE(shape.k);
      CAPTURE(shape.n);
      Buffer c(shape.m * p.ldc, 7);  // columns behind n must keep the 7
      tier->gemm(p.Args(c), p.All());
      CHECK(LargestError(c.data(), expected.data(), c.size()) <= Tolerance(shape.k));
      CHECK(c.Intact());
    }
  }
}

TEST_CASE("every epilogue agrees with the reference") {
  struct Case {
    const char* name;
    bool bias;
    int64_t row_period, residual_period;
    Fn fn;
    float alpha, beta;
  };
  constexpr Case kCases[] = {
      {"bias", true, 0, -1, Fn::kIdentity, 0, 0},
      {"row bias", false, 5, -1, Fn::kIdentity, 0, 0},
      {"residual", false, 0, 0, Fn::kIdentity, 0, 0},
      {"periodic residual", true, 0, 7, Fn::kIdentity, 0, 0},
      {"all with ReLU", true, 13, 0, Fn::kRelu, 0, 0},
      {"leaky ReLU", true, 0, -1, Fn::kLeakyRelu, 0.1f, 0},
      {"GELU", true, 0, -1, Fn::kGeluErf, 0, 0},
      {"GELU by tanh", true, 0, 0, Fn::kGeluTanh, 0, 0},
      {"sigmoid", true, 1, 1, Fn::kSigmoid, 0, 0},
      {"hard sigmoid", true, 0, -1, Fn::kHardSigmoid, 0.2f, 0.5f},
      {"hard swish", true, 0, -1, Fn::kHardSwish, 0, 0},
      {"SiLU", true, 0, 0, Fn::kSilu, 1, 0},
      {"tanh", true, 0, -1, Fn::kTanh, 0, 0},
      {"clip", true, 3, 2, Fn::kClip, -0.5f, 0.75f},
  };
  for (const Shape& shape : {Shape{29, 300, 50}, Shape{1, 20, 3}, Shape{49, 16, 64}}) {
    const Problem p(shape);
    for (const Case& test : kCases) {
      Epilogue epilogue{.fn = test.fn, .alpha = test.alpha, .beta = test.beta};
      if (test.bias) epilogue.bias = p.bias.data();
      if (test.row_period > 0)
        epilogue.row_bias = p.row_bias.data(), epilogue.row_period = std::min(test.row_period, shape.m);
      if (test.residual_period >= 0) {
        epilogue.residual = p.residual.data(), epilogue.residual_ld = p.ldc;
        epilogue.residual_period = std::min(test.residual_period, shape.m);
      }
      Buffer expected(shape.m * p.ldc, 7);
      ref::Gemm(p.Args(expected, epilogue), p.All());
      for (const KernelTable* tier : Tiers()) {
        CAPTURE(std::string(tier->name));
        CAPTURE(std::string(test.name));
        CAPTURE(shape.m);
        Buffer c(shape.m * p.ldc, 7);
        tier->gemm(p.Args(c, epilogue), p.All());
        CHECK(LargestError(c.data(), expected.data(), c.size()) <= Tolerance(shape.k));
        CHECK(c.Intact());
      }
    }
  }
}

TEST_CASE("a residual that is the destination is added once, whatever the blocks of k") {
  for (const Shape& shape : {Shape{50, 700, 50}, Shape{6, 3, 16}, Shape{200, 256, 33}}) {
    const Problem p(shape);
    Buffer expected(shape.m * p.ldc);
    ref::Gemm(
        p.Args(expected, {.bias = p.bias.data(), .residual = p.residual.data(), .residual_ld = p.ldc, .fn = Fn::kRelu}),
        p.All());
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(std::string(tier->name));
      CAPTURE(shape.k);
      Buffer c = Random(shape.m * p.ldc, 5);
      tier->gemm(p.Args(c, {.bias = p.bias.data(), .residual = c.data(), .residual_ld = p.ldc, .fn = Fn::kRelu}),
                 p.All());
      for (int64_t r = 0; r < shape.m; ++r) {
        CHECK(LargestError(&c[r * p.ldc], &expected[r * p.ldc], shape.n) <= Tolerance(shape.k));
      }
    }
  }
}

TEST_CASE("any split of rows and panels, and any number of rows, gives the same bits") {
  const Shape shape{61, 600, 150};  // 10 panels: wide enough for the tile of a single row on every tier
  const Problem p(shape);
  const Epilogue epilogue{.bias = p.bias.data(), .row_bias = p.row_bias.data(), .row_period = 9, .fn = Fn::kGeluErf};
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(std::string(tier->name));
    Buffer whole(shape.m * p.ldc, 7);
    tier->gemm(p.Args(whole, epilogue), p.All());
    for (const int64_t rows : {1, 2, 5, 13, 60}) {
      for (const int64_t panels : {1, 2, 3, 9, 10}) {
        CAPTURE(rows);
        CAPTURE(panels);
        Buffer c(shape.m * p.ldc, 7);
        for (int64_t r = 0; r < shape.m; r += rows) {
          for (int64_t q = 0; q < 10; q += panels) {
            tier->gemm(p.Args(c, epilogue), {r, std::min(r + rows, shape.m), q, std::min<int64_t>(q + panels, 10)});
          }
        }
        CHECK(SameBits(c.data(), whole.data(), c.size()));
      }
    }
  }
}

TEST_CASE("a product without terms is its epilogue") {
  const Problem p({7, 0, 20});
  for (const KernelTable* tier : Tiers()) {
    CAPTURE(std::string(tier->name));
    Buffer c(7 * p.ldc);
    tier->gemm(p.Args(c, {.bias = p.bias.data()}), p.All());
    for (int64_t r = 0; r < 7; ++r) CHECK(SameBits(&c[r * p.ldc], p.bias.data(), 20));
  }
}

TEST_CASE("NaN and infinity reach exactly the rows that hold them, through every activation") {
  const Shape shape{9, 40, 21};
  for (const Fn fn : {Fn::kIdentity, Fn::kRelu, Fn::kLeakyRelu, Fn::kGeluErf, Fn::kGeluTanh, Fn::kSigmoid,
                      Fn::kHardSigmoid, Fn::kHardSwish, Fn::kSilu, Fn::kTanh, Fn::kClip}) {
    Problem p(shape);
    p.a[2 * p.lda + 30] = kNan;
    p.a[5 * p.lda + 1] = kInfinity;
    for (const KernelTable* tier : Tiers()) {
      CAPTURE(std::string(tier->name));
      CAPTURE(static_cast<int>(fn));
      Buffer c(shape.m * p.ldc, 7);
      tier->gemm(p.Args(c, {.fn = fn, .alpha = -1, .beta = 1}), p.All());
      for (int64_t r = 0; r < shape.m; ++r) {
        for (int64_t i = 0; i < shape.n; ++i) {
          if (r == 2) CHECK(std::isnan(c[r * p.ldc + i]));
          if (r == 5 && fn == Fn::kIdentity) CHECK(std::isinf(c[r * p.ldc + i]));
          if (r != 2 && r != 5) CHECK(std::isfinite(c[r * p.ldc + i]));
        }
      }
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels

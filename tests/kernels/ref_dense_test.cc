// ref/conv.h, pool.h, gemm.h, matmul.h, layer_norm.h and attention.h against small cases worked out by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "runtime/kernels/ref/attention.h"
#include "runtime/kernels/ref/conv.h"
#include "runtime/kernels/ref/gemm.h"
#include "runtime/kernels/ref/layer_norm.h"
#include "runtime/kernels/ref/matmul.h"
#include "runtime/kernels/ref/pool.h"

namespace vitrt::kernels::ref {
namespace {

using Floats = std::vector<float>;

void CheckClose(const Floats& y, const Floats& expected) {
  REQUIRE(y.size() == expected.size());
  for (size_t i = 0; i < y.size(); ++i) {
    CAPTURE(i);
    CHECK(y[i] == doctest::Approx(expected[i]).epsilon(1e-6));
  }
}

TEST_CASE("a linear layer applies bias, row bias, function and residual in this order") {
  const Floats a = {1, 2, 3, 4}, bias = {0.5f, -20}, row_bias = {1, 1, 2, 2}, residual = {100, 200};
  Floats b(2 * kPanel);  // [[1, 2], [3, 4]] in a panel
  b[0] = 1, b[1] = 2, b[kPanel] = 3, b[kPanel + 1] = 4;
  Floats c(4);
  GemmArgs args{
      .m = 2, .n = 2, .k = 2, .a = a.data(), .lda = 2, .b = b.data(), .c = c.data(), .ldc = 2, .epilogue = {}};
  Gemm(args, {0, 2, 0, 1});
  CHECK(c == Floats{7, 10, 15, 22});
  args.epilogue = {.bias = bias.data(),
                   .row_bias = row_bias.data(),
                   .row_period = 2,
                   .residual = residual.data(),
                   .residual_ld = 2,
                   .residual_period = 1,
                   .fn = Fn::kRelu};
  Gemm(args, {0, 2, 0, 1});
  CHECK(c == Floats{108.5f, 200, 117.5f, 204});
}

TEST_CASE("a 3x3 convolution of ones counts the neighbours inside the map") {
  const Floats x(9, 1);
  Floats weight(9 * kPanel), y(9);
  for (int64_t tap = 0; tap < 9; ++tap) weight[static_cast<size_t>(tap * kPanel)] = 1;
  ConvArgs args{.window = {.h = 3, .w = 3, .oh = 3, .ow = 3, .kernel_h = 3, .kernel_w = 3, .pad_top = 1, .pad_left = 1},
                .cin = 1,
                .cout = 1,
                .x = x.data(),
                .weight = weight.data(),
                .y = y.data()};
  Conv2d(args, 0, 9);
  CHECK(y == Floats{4, 6, 4, 6, 9, 6, 4, 6, 4});
  Depthwise({.window = args.window, .channels = 1, .x = x.data(), .weight = Floats(9, 2).data(), .y = y.data()}, 0, 3);
  CHECK(y == Floats{8, 12, 8, 12, 18, 12, 8, 12, 8});
  args.window.dilation_h = args.window.dilation_w = 2;
  args.window.pad_top = args.window.pad_left = 2;
  Conv2d(args, 0, 9);
  CHECK(y == Floats{4, 2, 4, 2, 1, 2, 4, 2, 4});
}

TEST_CASE("a grouped convolution keeps its groups apart") {
  const Floats x = {1, 2, 3, 4};  // one position, four channels, two groups of two
  Floats weight(2 * 2 * kPanel), y(2);
  weight[0] = 1, weight[kPanel] = 10;                // group 0: 1 + 20
  weight[2 * kPanel] = 100, weight[3 * kPanel] = 1;  // group 1: 300 + 4
  Conv2d({.window = {.h = 1, .w = 1, .oh = 1, .ow = 1},
          .cin = 4,
          .cout = 2,
          .groups = 2,
          .x = x.data(),
          .weight = weight.data(),
          .y = y.data()},
         0, 1);
  CHECK(y == Floats{21, 304});
}

TEST_CASE("a transposed convolution spreads each input over a window") {
  const Floats x = {1, 2, 3, 4}, weight(4, 1), bias = {0.5f};
  Floats y(9);
  ConvTransposeArgs args{.window = {.h = 2, .w = 2, .oh = 3, .ow = 3, .kernel_h = 2, .kernel_w = 2},
                         .cin = 1,
                         .cout = 1,
                         .x = x.data(),
                         .weight = weight.data(),
                         .bias = bias.data(),
                         .y = y.data()};
  ConvTranspose2d(args);
  CHECK(y == Floats{1.5f, 3.5f, 2.5f, 4.5f, 10.5f, 6.5f, 3.5f, 7.5f, 4.5f});
  Floats wide(16);
  args.window = {.h = 2, .w = 2, .oh = 4, .ow = 4, .kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2};
  args.bias = nullptr;
  args.y = wide.data();
  ConvTranspose2d(args);
  CHECK(wide == Floats{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4});
}

TEST_CASE("pooling leaves padding out unless it is counted") {
  const Floats x = {-1, -2, -3, -4};
  Floats y(9);
  PoolArgs args{.window = {.h = 2, .w = 2, .oh = 3, .ow = 3, .kernel_h = 2, .kernel_w = 2, .pad_top = 1, .pad_left = 1},
                .channels = 1,
                .pad_bottom = 1,
                .pad_right = 1,
                .x = x.data(),
                .y = y.data()};
  Pool(args, 0, 3);
  CHECK(y == Floats{-1, -1, -2, -1, -1, -2, -3, -3, -4});
  args.average = true;
  Pool(args, 0, 3);
  CHECK(y == Floats{-1, -1.5f, -2, -2, -2.5f, -3, -3, -3.5f, -4});
  args.count_include_pad = true;
  Pool(args, 0, 3);
  CHECK(y == Floats{-0.25f, -0.75f, -0.5f, -1, -2.5f, -1.5f, -0.75f, -1.75f, -1});
}

TEST_CASE("matrix products broadcast their leading axes and transpose b") {
  const Floats a = {1, 2, 3, 4}, b = {1, 10, 100, 1000, 2, 20};  // a [2, 1, 2], b [3, 2, 1] or [3, 1, 2]
  Floats y(6);
  MatMul({.a_dims = {2, 1, 1, 2},
          .b_dims = {3, 2, 1},
          .y_dims = {2, 3, 1, 1},
          .a = a.data(),
          .b = b.data(),
          .y = y.data()});
  CHECK(y == Floats{21, 2100, 42, 43, 4300, 86});
  MatMul({.a_dims = {2, 1, 1, 2},
          .b_dims = {3, 1, 2},
          .y_dims = {2, 3, 1, 1},
          .transpose_b = true,
          .a = a.data(),
          .b = b.data(),
          .y = y.data()});
  CHECK(y == Floats{21, 2100, 42, 43, 4300, 86});
  const Floats square = {1, 2, 3, 4};
  Floats product(4);
  MatMul({.a_dims = {2, 2},
          .b_dims = {2, 2},
          .y_dims = {2, 2},
          .transpose_b = true,
          .a = a.data(),
          .b = square.data(),
          .y = product.data()});
  CHECK(product == Floats{5, 11, 11, 25});
}

TEST_CASE("LayerNorm and RMS norm of a row") {
  const Floats x = {1, 2, 3}, gamma = {1, 2, 1}, beta = {0, 0, 10};
  Floats y(3);
  LayerNormArgs args{.rows = 1, .channels = 3, .x = x.data(), .x_ld = 3, .y = y.data(), .y_ld = 3};
  LayerNorm(args);
  CheckClose(y, {-1.2247449f, 0, 1.2247449f});
  args.gamma = gamma.data(), args.beta = beta.data();
  args.epsilon = 1.0f / 3;  // variance 2/3 + 1/3
  LayerNorm(args);
  CheckClose(y, {-1, 0, 11});
  args = {.rows = 1, .channels = 3, .x = x.data(), .x_ld = 3, .y = y.data(), .y_ld = 3, .rms = true};
  LayerNorm(args);
  CheckClose(y, {1 / std::sqrt(14.0f / 3), 2 / std::sqrt(14.0f / 3), 3 / std::sqrt(14.0f / 3)});
}

TEST_CASE("attention weighs values by the softmax of scaled scores, causal hides what follows") {
  const float log3 = std::log(3.0f);
  const Floats q = {1, 1}, k = {0, 2 * log3}, v = {4, 8}, bias = {0, -log3};
  Floats out(2);
  std::vector<double> scratch(2);
  AttentionArgs args{.tq = 2,
                     .tk = 2,
                     .head_dim = 1,
                     .value_dim = 1,
                     .q = q.data(),
                     .q_ld = 1,
                     .k = k.data(),
                     .k_ld = 1,
                     .v = v.data(),
                     .v_ld = 1,
                     .out = out.data(),
                     .out_ld = 1,
                     .scale = 0.5f};
  CHECK(AttentionScratchBytes(args) == 2 * sizeof(double));
  Attention(args, 0, 2, scratch.data());
  CheckClose(out, {7, 7});  // weights 1/4 and 3/4
  args.bias = bias.data();  // one row for all queries: weights 1/2 and 1/2
  Attention(args, 0, 2, scratch.data());
  CheckClose(out, {6, 6});
  args.bias = nullptr;
  args.causal = true;
  Attention(args, 0, 2, scratch.data());
  CheckClose(out, {4, 7});
}

}  // namespace
}  // namespace vitrt::kernels::ref

#include <algorithm>

#include "runtime/kernels/int8_runs.h"
#include "tests/ops/op_cases.h"

namespace vitrt::test {
namespace {

struct Case {
  const char* title;
  int64_t rows, k, n;
  int range;  // of the weights
  plan::UnaryFn fn = plan::UnaryFn::Identity;
  bool bias = false, row_bias = false, residual = false;
  plan::InputRange input_range = plan::InputRange::Own;
};

// A grid on which some inputs, which are about in [-1, 1], lie outside.
template <typename OpT>
void SetRange(plan::InputRange range, OpT* op) {
  op->range = range;
  if (range != plan::InputRange::Given) return;
  op->input_scale = 0.006f;
  op->input_zero = 120;
}

OpCase LinearI8(const Case& c) {
  return {std::string("LinearI8: ") + c.title, 2e-6, [c](TestPlan& p) {
            const int64_t groups = (c.k + 3) / 4, panels = (c.n + 15) / 16;
            std::vector<int8_t> weights(static_cast<size_t>(panels * groups * 64));
            const std::vector<float> noise = Noise(21, c.k * c.n, static_cast<float>(c.range));
            for (int64_t i = 0; i < c.k; ++i) {
              for (int64_t j = 0; j < c.n; ++j) {
                const int64_t group = (j / 16 * groups + i / 4) * 16 + j % 16;
                weights[static_cast<size_t>(group * 4 + i % 4)] =
                    static_cast<int8_t>(noise[static_cast<size_t>(i * c.n + j)]);
              }
            }
            const kernels::Int8Panels view{weights.data(), c.k, c.n};
            const std::vector<int32_t> sums = kernels::ColumnSums(view), runs = kernels::ProvedRuns(view);
            std::vector<float> scale = Noise(22, c.n, 0.01f);
            for (float& s : scale) s = std::max(s < 0 ? -s : s, 1e-4f);
            const auto vector = [&](const TestPlan::Dims& dims, int64_t count) {
              return p.Constant(dims, Noise(23, count));
            };
            const int x = p.Activation({1, c.rows, c.k});
            const int weight = p.RawConstant({groups, c.n}, plan::DType::I32, weights.data(), weights.size(),
                                             plan::Encoding::Panels16);
            const int bias = c.bias ? vector({c.n}, c.n) : -1;
            const int row_bias = c.row_bias ? vector({c.rows, c.n}, c.rows * c.n) : -1;
            const int residual = c.residual ? p.Activation({1, c.rows, c.n}) : -1;
            const auto i32 = [&](const TestPlan::Dims& dims, const std::vector<int32_t>& values, int64_t count) {
              return p.RawConstant(dims, plan::DType::I32, values.data(), static_cast<size_t>(count) * 4);
            };
            plan::LinearI8T op;
            SetRange(c.input_range, &op);
            if (c.fn != plan::UnaryFn::Identity) op.act = std::make_unique<plan::Activation>(c.fn, 0.0f, 0.0f);
            p.Step(op,
                   {x, weight, bias, row_bias, residual, p.Constant({c.n}, scale), i32({c.n}, sums, c.n),
                    i32({panels, view.blocks()}, runs, panels * view.blocks())},
                   p.Activation({1, c.rows, c.n}));
          }};
}

struct ConvCase {
  const char* title;
  int32_t size, kernel, stride, pad, cin, cout, groups;
  plan::UnaryFn fn = plan::UnaryFn::Identity;
  bool bias = false, residual = false;
  plan::InputRange input_range = plan::InputRange::Own;
};

OpCase ConvI8(const ConvCase& c) {
  return {std::string("ConvI8: ") + c.title, 2e-6, [c](TestPlan& p) {
            const int64_t out = (c.size + 2 * c.pad - c.kernel) / c.stride + 1, taps = int64_t{c.kernel} * c.kernel;
            const int64_t cin = c.cin / c.groups, cout = c.cout / c.groups, fours = (cin + 3) / 4;
            const int64_t panels = (cout + 15) / 16 * c.groups;
            std::vector<int8_t> weights(static_cast<size_t>(panels * taps * fours * 64));
            const std::vector<float> noise = Noise(24, taps * cin * c.cout, 100);
            for (int64_t i = 0; i < taps * cin; ++i) {
              for (int64_t o = 0; o < c.cout; ++o) {
                const int64_t panel = o / cout * (panels / c.groups) + o % cout / 16;
                const int64_t four = (panel * taps + i / cin) * fours + i % cin / 4;
                weights[static_cast<size_t>((four * 16 + o % cout % 16) * 4 + i % cin % 4)] =
                    static_cast<int8_t>(noise[static_cast<size_t>(i * c.cout + o)]);
              }
            }
            const kernels::Int8Panels view{weights.data(), cin, panels * 16, taps};
            const std::vector<int32_t> padded = kernels::ColumnSums(view), runs = kernels::ProvedRuns(view);
            std::vector<int32_t> sums;
            for (int64_t o = 0; o < c.cout; ++o)
              sums.push_back(padded[static_cast<size_t>(o / cout * (panels / c.groups * 16) + o % cout)]);
            std::vector<float> scale = Noise(22, c.cout, 0.01f);
            for (float& s : scale) s = std::max(s < 0 ? -s : s, 1e-4f);
            const int x = p.Activation({1, c.size, c.size, c.cin});
            const int weight = p.RawConstant({c.kernel, c.kernel, fours, c.cout}, plan::DType::I32, weights.data(),
                                             weights.size(), plan::Encoding::Panels16);
            const int bias = c.bias ? p.Constant({c.cout}, Noise(23, c.cout)) : -1;
            const int residual = c.residual ? p.Activation({1, out, out, c.cout}) : -1;
            const auto i32 = [&](const TestPlan::Dims& dims, const std::vector<int32_t>& values) {
              return p.RawConstant(dims, plan::DType::I32, values.data(), values.size() * 4);
            };
            plan::ConvI8T op;
            SetRange(c.input_range, &op);
            op.kernel = {c.kernel, c.kernel}, op.strides = {c.stride, c.stride}, op.dilations = {1, 1};
            op.pads = {c.pad, c.pad, c.pad, c.pad};
            op.groups = c.groups;
            if (c.fn != plan::UnaryFn::Identity) op.act = std::make_unique<plan::Activation>(c.fn, 0.0f, 0.0f);
            p.Step(op,
                   {x, weight, bias, -1, residual, p.Constant({c.cout}, scale), i32({c.cout}, sums),
                    i32({panels, taps * view.blocks()}, runs)},
                   p.Activation({1, out, out, c.cout}));
          }};
}

}  // namespace

std::vector<OpCase> Int8Cases() {
  return {
      LinearI8({"one row", 1, 40, 24, 63}),
      LinearI8({"odd sizes, bias, GELU", 13, 37, 50, 63, plan::UnaryFn::GeluErf, true}),
      LinearI8({"weights that need widened products", 9, 70, 33, 128}),
      LinearI8({"bias of every row and residual", 12, 64, 40, 63, plan::UnaryFn::Relu, true, true, true}),
      LinearI8({"residual, many rows", 197, 48, 96, 63, plan::UnaryFn::Identity, true, false, true}),
      LinearI8({"rows for many parts", 70, 256, 100, 40, plan::UnaryFn::Identity, true}),
      LinearI8(
          {"the image's range", 13, 37, 50, 63, plan::UnaryFn::Identity, true, false, false, plan::InputRange::Image}),
      LinearI8({"a given range", 13, 37, 50, 63, plan::UnaryFn::Relu, true, false, true, plan::InputRange::Given}),
      ConvI8({"a given range", 9, 3, 1, 1, 16, 24, 1, plan::UnaryFn::Relu, true, false, plan::InputRange::Given}),
      ConvI8({"the image's range", 9, 3, 1, 1, 16, 24, 1, plan::UnaryFn::Relu, true, false, plan::InputRange::Image}),
      ConvI8({"the image's range, grouped, stride 2, residual", 11, 3, 2, 1, 32, 32, 4, plan::UnaryFn::Identity, true,
              true, plan::InputRange::Image}),
      ConvI8({"3x3, bias, ReLU", 9, 3, 1, 1, 16, 24, 1, plan::UnaryFn::Relu, true}),
      ConvI8({"stride 2, odd channels, SiLU", 11, 3, 2, 1, 7, 18, 1, plan::UnaryFn::Silu, true}),
      ConvI8({"grouped, residual", 8, 3, 1, 1, 32, 32, 4, plan::UnaryFn::Identity, true, true}),
      ConvI8({"rows for many parts", 28, 3, 1, 1, 24, 48, 1}),
  };
}

}  // namespace vitrt::test

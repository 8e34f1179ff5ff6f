// The int8 kernels: quantising, matrix product, convolution.
#include "runtime/kernels/ref/int8.h"

#include <cstring>
#include <vector>

#include "runtime/kernels/int8_runs.h"
#include "tests/fuzz/kernels/case.h"

namespace vitrt::fuzz {
namespace {

using namespace vitrt::kernels;

constexpr float kScale = 1.0f / 128;  // of every column: results are about as large as there are products

// One time in four a given grid, coarse or fine.
const Int8Grid* DrawnGrid(Input* input, Int8Grid* grid) {
  if (input->Size(4) != 1) return nullptr;
  *grid = {static_cast<float>(input->Size(1000)) * 1e-4f, static_cast<int32_t>(input->Size(256) - 1)};
  return grid;
}

// Weights in panels with what follows from them. Some draws are small, so that long runs are safe.
struct Weights {
  Floats bytes;
  std::vector<int32_t> sums, runs;
  Floats scale;

  Weights(const Int8Panels& shape, int64_t groups, int64_t columns, Input* input)
      : bytes(shape.panels() * shape.taps * shape.groups() * 16), scale(groups * columns) {
    auto* w = reinterpret_cast<int8_t*>(bytes.data());
    const int range = static_cast<int>(input->Size(128));
    const int64_t width = shape.panels() / groups * 16;
    for (int64_t i = 0; i < bytes.count() * 4; ++i) {
      const int64_t column = i / 4 % 16 + i / (shape.taps * shape.groups() * 64) % (width / 16) * 16;
      const bool used = i / 64 % shape.groups() * 4 + i % 4 < shape.k && column < columns;
      w[i] = used ? static_cast<int8_t>(input->Byte() % (2 * range) - range) : int8_t{0};
    }
    const Int8Panels panels{w, shape.k, shape.n, shape.taps};
    const std::vector<int32_t> padded = ColumnSums(panels);
    for (int64_t i = 0; i < groups * columns; ++i)
      sums.push_back(padded[static_cast<size_t>(i / columns * width + i % columns)]);
    runs = ProvedRuns(panels);
    std::fill_n(scale.data(), scale.count(), kScale);
  }
  const int8_t* data() const { return reinterpret_cast<const int8_t*>(bytes.data()); }
};

}  // namespace

void TryInt8Gemm(Input* input, const KernelTable& tier) {
  const int64_t m = input->Size(40), n = input->Size(70), k = input->Size(600), lda = (k + 15) / 16 * 16;
  const int64_t panels = PanelCount(n);
  const Weights w({nullptr, k, panels * 16, 1}, 1, n, input);
  const RandomEpilogue epilogue(m, n, input);
  const Floats x(m * k, input), bytes(m * lda / 4), scale(m), zero(m), c(m * n), expected(m * n);
  Int8Grid grid;
  const QuantizeArgs rows{.k = k,
                          .x = x.data(),
                          .x_ld = k,
                          .q = reinterpret_cast<uint8_t*>(bytes.data()),
                          .q_ld = lda,
                          .scale = scale.data(),
                          .zero = reinterpret_cast<int32_t*>(zero.data()),
                          .grid = DrawnGrid(input, &grid)};
  tier.int8.quantize(rows, 0, m);
  Require(bytes.Intact() && scale.Intact() && zero.Intact());
  Int8GemmArgs args{.m = m,
                    .n = n,
                    .k = k,
                    .a = rows.q,
                    .lda = lda,
                    .a_scale = rows.scale,
                    .a_zero = rows.zero,
                    .b = w.data(),
                    .b_scale = w.scale.data(),
                    .column_sums = w.sums.data(),
                    .runs = w.runs.data(),
                    .c = c.data(),
                    .ldc = n,
                    .epilogue = epilogue.get()};
  const int64_t row = input->Size(m) - 1;
  tier.int8.gemm(args, {0, row, 0, panels});
  tier.int8.gemm(args, {row, m, 0, panels});
  args.c = expected.data();
  ref::Int8Gemm(args, {0, m, 0, panels});
  RequireClose(c, expected, 1e-4 * static_cast<double>(k));

  const Floats sums(m * n), ended(m * n);
  auto* sum = reinterpret_cast<int32_t*>(sums.data());
  for (int64_t i = 0; i < m * n; ++i) {
    const int64_t j = i % n;
    const int8_t* b = w.data() + (j / kPanel * ((k + 3) / 4) * kPanel + j % kPanel) * 4;
    sum[i] = 0;
    for (int64_t at = 0; at < k; ++at) sum[i] += rows.q[i / n * lda + at] * b[at / 4 * kPanel * 4 + at % 4];
  }
  const Int8SumsArgs end{.n = n,
                         .sums = sum,
                         .a_scale = rows.scale,
                         .a_zero = rows.zero,
                         .b_scale = w.scale.data(),
                         .column_sums = w.sums.data(),
                         .c = ended.data(),
                         .epilogue = epilogue.get()};
  tier.int8.finish(end, 0, row);
  tier.int8.finish(end, row, m);
  Require(ended.Intact() && std::memcmp(ended.data(), c.data(), static_cast<size_t>(m * n) * sizeof(float)) == 0);
}

void TryInt8Conv(Input* input, const KernelTable& tier) {
  Int8ConvArgs args;
  Window2d& window = args.window;
  window.kernel_h = input->Size(4), window.kernel_w = input->Size(4);
  window.stride_h = input->Size(3), window.stride_w = input->Size(3);
  window.dilation_h = input->Size(2), window.dilation_w = input->Size(2);
  window.oh = input->Size(8), window.ow = input->Size(20);
  args.groups = input->Size(3);
  const int64_t cin = input->Size(40), cout = input->Size(40), taps = window.kernel_h * window.kernel_w;
  args.cin = cin * args.groups, args.cout = cout * args.groups;
  const int64_t rows = (window.oh - 1) * window.stride_h + (window.kernel_h - 1) * window.dilation_h + 1;
  const int64_t width = (window.ow - 1) * window.stride_w + (window.kernel_w - 1) * window.dilation_w + 1;
  args.pitch = width * args.cin;
  // A map that leaves a drawn part of the copy to the padding.
  const int64_t top = input->Size(rows) - 1, left = input->Size(width) - 1;
  const int64_t h = input->Size(rows + 2), w = input->Size(width + 2);
  const Floats x(h * w * args.cin, input), bytes((rows * args.pitch + 15 + 3) / 4);
  float scale = 0;
  int32_t zero = 0;
  Int8Grid grid;
  tier.int8.quantize_map({.x = x.data(),
                          .h = h,
                          .row = w * args.cin,
                          .top = top,
                          .left = left * args.cin,
                          .pitch = args.pitch,
                          .range = tier.int8.range(x.data(), x.count()),
                          .grid = DrawnGrid(input, &grid),
                          .scale = &scale,
                          .zero = &zero,
                          .map = reinterpret_cast<uint8_t*>(bytes.data())},
                         0, rows);
  Require(bytes.Intact());
  std::vector<int64_t> offsets;
  for (int64_t tap = 0; tap < taps; ++tap) {
    offsets.push_back(tap / window.kernel_w * window.dilation_h * args.pitch +
                      tap % window.kernel_w * window.dilation_w * args.cin);
  }
  const Weights weights({nullptr, cin, (cout + 15) / 16 * 16 * args.groups, taps}, args.groups, cout, input);
  const RandomEpilogue epilogue(window.oh * window.ow, args.cout, input);
  const Floats y(window.oh * window.ow * args.cout), expected(y.count());
  args.map = reinterpret_cast<const uint8_t*>(bytes.data());
  args.taps = offsets.data();
  args.a_scale = &scale, args.a_zero = &zero;
  args.b = weights.data(), args.b_scale = weights.scale.data();
  args.column_sums = weights.sums.data(), args.runs = weights.runs.data();
  args.epilogue = epilogue.get();
  args.y = y.data();
  const int64_t row = input->Size(window.oh) - 1;
  tier.int8.conv(args, 0, row);
  tier.int8.conv(args, row, window.oh);
  args.y = expected.data();
  ref::Int8Conv(args, 0, window.oh);
  RequireClose(y, expected, 1e-4 * static_cast<double>(cin * taps));
}

}  // namespace vitrt::fuzz

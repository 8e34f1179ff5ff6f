// Row-wise and elementwise kernels, and the transpose.
#include "runtime/kernels/ref/binary.h"
#include "runtime/kernels/ref/layer_norm.h"
#include "runtime/kernels/ref/reduce.h"
#include "runtime/kernels/ref/softmax.h"
#include "runtime/kernels/ref/unary.h"
#include "tests/fuzz/kernels/case.h"

namespace vitrt::fuzz {

using namespace vitrt::kernels;

void TrySoftmax(Input* input, const KernelTable& tier) {
  const int64_t rows = input->Size(9), channels = input->Size(600);
  const bool log = input->Flag();
  const Floats x(rows * channels, input), y(rows * channels), expected(rows * channels);
  tier.softmax({.rows = rows, .channels = channels, .x = x.data(), .y = y.data(), .log = log});
  ref::Softmax({.outer = rows, .axis = channels, .inner = 1, .log = log, .x = x.data(), .y = expected.data()});
  RequireClose(y, expected, log ? 1e-4 : 1e-5);
}

void TryLayerNorm(Input* input, const KernelTable& tier) {
  LayerNormArgs args;
  args.rows = input->Size(9), args.channels = input->Size(600);
  args.x_ld = args.channels + input->Size(4) - 1, args.y_ld = args.channels + input->Size(4) - 1;
  args.rms = input->Flag();
  args.epsilon = 1e-3f;  // rows may be constant
  const bool scaled = input->Flag(), moved = input->Flag() && !args.rms;
  const Floats gamma(args.channels, input), beta(args.channels, input), x(args.rows * args.x_ld, input),
      y(args.rows * args.y_ld), expected(args.rows * args.y_ld);
  if (scaled) args.gamma = gamma.data();
  if (moved) args.beta = beta.data();
  args.x = x.data(), args.y = y.data();
  tier.layer_norm(args);
  args.y = expected.data();
  ref::LayerNorm(args);
  RequireClose(y, expected, 1e-3);
}

void TryUnary(Input* input, const KernelTable& tier) {
  const RandomFn f(input);
  const int64_t count = input->Size(700);
  const Floats x(count, input), y(count), expected(count);
  for (int64_t i = 0; i < count; ++i) x.data()[i] *= 30;  // where functions run into their limits too
  tier.unary(f.fn, f.alpha, f.beta, x.data(), y.data(), count);
  ref::Unary({.fn = static_cast<plan::UnaryFn>(f.fn),
              .alpha = f.alpha,
              .beta = f.beta,
              .count = count,
              .x = x.data(),
              .y = expected.data()});
  RequireClose(y, expected, 1e-4);
}

void TryBinary(Input* input, const KernelTable& tier) {
  constexpr Arithmetic kOps[] = {Arithmetic::kAdd, Arithmetic::kSub, Arithmetic::kMul,
                                 Arithmetic::kDiv, Arithmetic::kMin, Arithmetic::kMax};
  BinaryArgs args;
  args.op = kOps[input->Byte() % std::size(kOps)];
  args.rows = input->Size(9), args.channels = input->Size(200);
  args.swapped = input->Flag();
  const int64_t z_rows = input->Flag() ? args.rows : 1, z_columns = input->Flag() ? args.channels : 1;
  args.z_row_stride = z_rows == 1 ? 0 : z_columns, args.z_column_stride = z_columns == 1 ? 0 : 1;
  const Floats x(args.rows * args.channels, input), z(z_rows * z_columns, input), y(x.count()), expected(x.count());
  args.x = x.data(), args.z = z.data(), args.y = y.data();
  tier.binary(args);
  ref::BinaryArgs all{.fn = static_cast<plan::BinaryFn>(args.op),
                      .x_dims = ref::Shape{args.rows, args.channels},
                      .z_dims = ref::Shape{z_rows, z_columns},
                      .y_dims = ref::Shape{args.rows, args.channels},
                      .x = x.data(),
                      .z = z.data(),
                      .y = expected.data()};
  if (args.swapped) {
    std::swap(all.x_dims, all.z_dims);
    std::swap(all.x, all.z);
  }
  ref::Binary(all);
  RequireClose(y, expected, 1e-4);
}

void TryColumnReduce(Input* input, const KernelTable& tier) {
  constexpr ColumnFn kFns[] = {ColumnFn::kSum, ColumnFn::kMax, ColumnFn::kMin};
  constexpr plan::ReduceFn kReferences[] = {plan::ReduceFn::Sum, plan::ReduceFn::Max, plan::ReduceFn::Min};
  const size_t fn = input->Byte() % std::size(kFns);
  const int64_t rows = input->Size(60), channels = input->Size(200);
  const Floats x(rows * channels, input), y(channels), expected(channels);
  tier.column_reduce(
      {.fn = kFns[fn], .rows = rows, .channels = channels, .x = x.data(), .x_ld = channels, .y = y.data()});
  ref::ReduceArgs args{
      .fn = kReferences[fn], .x_dims = ref::Shape{rows, channels}, .x = x.data(), .y = expected.data()};
  args.reduced[0] = true;
  ref::Reduce(args);
  RequireClose(y, expected, 1e-3);
}

void TryTranspose(Input* input, const KernelTable& tier) {
  const int64_t rows = input->Size(70), columns = input->Size(70);
  const int64_t x_ld = columns + input->Size(4) - 1, y_ld = rows + input->Size(4) - 1;
  const Floats x(rows * x_ld, input), y(columns * y_ld), expected(columns * y_ld);
  tier.transpose({.rows = rows, .columns = columns, .x = x.data(), .x_ld = x_ld, .y = y.data(), .y_ld = y_ld});
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) expected.data()[c * y_ld + r] = x.data()[r * x_ld + c];
  }
  RequireClose(y, expected, 0);
}

}  // namespace vitrt::fuzz

// Elementwise functions and arithmetic (rows.h).
namespace vitrt::kernels::VITRT_TIER {
namespace {

void Unary(Fn fn, float alpha, float beta, const float* x, float* y, int64_t count) {
  const auto apply = [=](auto f) {
    int64_t i = 0;
    for (; i + kWidth <= count; i += kWidth) Store(y + i, f(Load(x + i)));
    if (i < count) StorePart(y + i, f(LoadPart(x + i, count - i)), count - i);
  };
  if (fn == Fn::kErf) return apply(ErfFn{});
  if (fn == Fn::kFakeQuantize) return apply(FakeQuantizeFn{Set1(alpha), Set1(beta)});
  WithFn(fn, alpha, beta, apply);
}

// x (op) z for one row; z is a row or, with kScalar, one value.
template <bool kScalar, typename Op>
inline void BinaryRow(const float* x, const float* z, float* y, int64_t count, Op op) {
  const F scalar = Set1(*z);
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) Store(y + i, op(Load(x + i), kScalar ? scalar : Load(z + i)));
  if (i < count) {
    StorePart(y + i, op(LoadPart(x + i, count - i), kScalar ? scalar : LoadPart(z + i, count - i)), count - i);
  }
}

template <typename Op>
inline void BinaryRows(const BinaryArgs& args, Op op) {
  if (args.channels == 0) return;
  const bool whole_row = args.z_column_stride == 1;
  if (whole_row && args.z_row_stride == args.channels) {  // no broadcast: one long row
    return BinaryRow<false>(args.x, args.z, args.y, args.rows * args.channels, op);
  }
  for (int64_t r = 0; r < args.rows; ++r) {
    const float* x = args.x + r * args.channels;
    const float* z = args.z + r * args.z_row_stride;
    float* y = args.y + r * args.channels;
    whole_row ? BinaryRow<false>(x, z, y, args.channels, op) : BinaryRow<true>(x, z, y, args.channels, op);
  }
}

void Binary(const BinaryArgs& args) {
  if (args.rows == 0) return;
  switch (args.op) {
    case Arithmetic::kAdd:
      return BinaryRows(args, [](F a, F b) { return Add(a, b); });
    case Arithmetic::kMul:
      return BinaryRows(args, [](F a, F b) { return Mul(a, b); });
    case Arithmetic::kMin:
      return BinaryRows(args, [](F a, F b) { return MinOrNan(a, b); });
    case Arithmetic::kMax:
      return BinaryRows(args, [](F a, F b) { return MaxOrNan(a, b); });
    case Arithmetic::kSub:
      if (args.swapped) return BinaryRows(args, [](F a, F b) { return Sub(b, a); });
      return BinaryRows(args, [](F a, F b) { return Sub(a, b); });
    case Arithmetic::kDiv:
      if (args.swapped) return BinaryRows(args, [](F a, F b) { return Div(b, a); });
      return BinaryRows(args, [](F a, F b) { return Div(a, b); });
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

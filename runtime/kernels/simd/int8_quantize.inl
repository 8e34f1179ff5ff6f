// Rows of floats to u8 (int8.h). Only operations that round the same on every tier, so that the bytes are the same.
namespace vitrt::kernels::VITRT_TIER {
namespace {

struct RowRange {
  float low, high;
  bool finite;
};

inline RowRange RangeOf(const float* x, int64_t k) {
  F low = Zero(), high = Zero(), none = Zero();  // 0 is in the range
  const auto take = [&](F value) __attribute__((always_inline)) {
    low = Min(low, value);
    high = Max(high, value);
    none = Add(none, Mul(value, Zero()));  // NaN where the value is not finite
  };
  int64_t i = 0;
  for (; i + kWidth <= k; i += kWidth) take(Load(x + i));
  if (i < k) take(LoadPart(x + i, k - i));
  return {-Largest(Sub(Zero(), low)), Largest(high), Sum(none) == 0};
}

void QuantizeRows(const QuantizeArgs& args, int64_t row_begin, int64_t row_end) {
  constexpr float kSmallest = 1.17549435e-38f;  // its reciprocal is finite
  for (int64_t row = row_begin; row < row_end; ++row) {
    const float* x = args.x + row * args.x_ld;
    uint8_t* q = args.q + row * args.q_ld;
    const RowRange range = RangeOf(x, args.k);
    float scale = range.high / 255 - range.low / 255, inverse = 0, zero = 0;  // no overflow
    if (!range.finite) {
      scale = __builtin_nanf("");
    } else {
      if (scale < kSmallest) scale = kSmallest;
      inverse = 1 / scale;
      zero = static_cast<float>(static_cast<int32_t>(-range.low * inverse + 0.5f));
    }
    args.scale[row] = scale;
    args.zero[row] = static_cast<int32_t>(zero);
    for (int64_t i = 0; i < args.k; i += kWidth) {
      const F value = args.k - i >= kWidth ? Load(x + i) : LoadPart(x + i, args.k - i);
      const F rounded = Add(Round(Mul(value, Set1(inverse))), Set1(zero));
      StoreBytes(q + i, Max(Min(rounded, Set1(255)), Zero()));
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

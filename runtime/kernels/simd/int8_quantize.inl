// Floats to u8, rows and maps (int8.h). Only operations that round the same on every tier, so that the bytes are the same.
namespace vitrt::kernels::VITRT_TIER {
namespace {

Int8Range RangeOf(const float* x, int64_t count) {
  F low = Zero(), high = Zero(), none = Zero();  // 0 is in the range
  const auto take = [&](F value) __attribute__((always_inline)) {
    low = Min(low, value);
    high = Max(high, value);
    none = Add(none, Mul(value, Zero()));  // NaN where the value is not finite
  };
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) take(Load(x + i));
  if (i < count) take(LoadPart(x + i, count - i));
  return {-Largest(Sub(Zero(), low)), Largest(high), Sum(none) == 0};
}

struct Quantization {
  float scale, inverse = 0, zero = 0;

  explicit Quantization(const Int8Range& range) : scale(range.high / 255 - range.low / 255) {  // no overflow
    constexpr float kSmallest = 1.17549435e-38f;  // its reciprocal is finite
    if (!range.finite) {
      scale = __builtin_nanf("");
      return;
    }
    if (scale < kSmallest) scale = kSmallest;
    inverse = 1 / scale;
    zero = static_cast<float>(static_cast<int32_t>(-range.low * inverse + 0.5f));
  }
  F operator()(F value) const {
    const F rounded = Add(Round(Mul(value, Set1(inverse))), Set1(zero));
    return Max(Min(rounded, Set1(255)), Zero());
  }
};

// A given grid: divided by its scale, as ONNX says.
struct GridQuantization {
  float scale, zero;

  explicit GridQuantization(const Int8Grid& grid) : scale(grid.scale), zero(static_cast<float>(grid.zero)) {}
  F operator()(F value) const {
    const F rounded = Add(Round(Div(value, Set1(scale))), Set1(zero));
    return Max(Min(rounded, Set1(255)), Zero());
  }
};

void QuantizeRowsOn(const Int8Grid& grid, const QuantizeArgs& args, int64_t row_begin, int64_t row_end) {
  const GridQuantization quantization(grid);
  for (int64_t row = row_begin; row < row_end; ++row) {
    const float* x = args.x + row * args.x_ld;
    uint8_t* q = args.q + row * args.q_ld;
    F none = Zero();
    for (int64_t i = 0; i < args.k; i += kWidth) {
      const F value = LoadFirst(x + i, args.k - i);
      none = Add(none, Mul(value, Zero()));
      StoreBytes(q + i, quantization(value));
    }
    args.scale[row] = Sum(none) == 0 ? grid.scale : __builtin_nanf("");
    args.zero[row] = grid.zero;
  }
}

void QuantizeRows(const QuantizeArgs& args, int64_t row_begin, int64_t row_end) {
  if (args.grid != nullptr) return QuantizeRowsOn(*args.grid, args, row_begin, row_end);
  for (int64_t row = row_begin; row < row_end; ++row) {
    const float* x = args.x + row * args.x_ld;
    uint8_t* q = args.q + row * args.q_ld;
    const Quantization quantization(RangeOf(x, args.k));
    args.scale[row] = quantization.scale;
    args.zero[row] = static_cast<int32_t>(quantization.zero);
    for (int64_t i = 0; i < args.k; i += kWidth) StoreBytes(q + i, quantization(LoadFirst(x + i, args.k - i)));
  }
}

inline void FillBytes(uint8_t* q, int64_t count, uint8_t value) {
  for (int64_t i = 0; i < count; ++i) q[i] = value;
}

template <typename Q>
void QuantizeMapBy(const Q& quantization, const Int8MapArgs& args, int64_t begin, int64_t end) {
  if (begin == 0) {
    *args.scale = args.range.finite ? quantization.scale : __builtin_nanf("");
    *args.zero = static_cast<int32_t>(quantization.zero);
  }
  const auto zero = static_cast<uint8_t>(quantization.zero);
  const int64_t left = Min(args.left, args.pitch), inside = Min(args.row, args.pitch - left);
  for (int64_t y = begin; y < end; ++y) {
    uint8_t* q = args.map + y * args.pitch;
    if (y < args.top || y >= args.top + args.h) {
      FillBytes(q, args.pitch, zero);
      continue;
    }
    const float* x = args.x + (y - args.top) * args.row;
    FillBytes(q, left, zero);
    int64_t i = 0;
    for (; i + kWidth <= inside; i += kWidth) StoreBytes(q + left + i, quantization(Load(x + i)));
    if (i < inside) {  // another thread may own the next row
      uint8_t bytes[kWidth];
      StoreBytes(bytes, quantization(LoadPart(x + i, inside - i)));
      for (int64_t j = 0; i < inside; ++i, ++j) q[left + i] = bytes[j];
    }
    FillBytes(q + left + inside, args.pitch - left - inside, zero);
  }
}

void QuantizeMap(const Int8MapArgs& args, int64_t begin, int64_t end) {
  if (args.grid != nullptr) return QuantizeMapBy(GridQuantization(*args.grid), args, begin, end);
  QuantizeMapBy(Quantization(args.range), args, begin, end);
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

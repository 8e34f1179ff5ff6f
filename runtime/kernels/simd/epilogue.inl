// Epilogues (epilogue.h): one rule for what a tile applies in its registers, and a buffer for the others.
// The bias is in a sum from the start.
namespace vitrt::kernels::VITRT_TIER {
namespace {

struct Bounds {
  float low = -__builtin_inff(), high = __builtin_inff();
  F operator()(F x) const { return Min(Set1(high), Max(Set1(low), x)); }  // keeps NaN
};

// Whether tiles apply the whole epilogue in their registers: a clamp (identity, ReLU, clip), then perhaps a residual
// row for every row. hard_swish: the kernel's tiles know this function as well.
inline bool InRegisters(const Epilogue& e, bool hard_swish = false) {
  const bool known =
      e.fn == Fn::kIdentity || e.fn == Fn::kRelu || e.fn == Fn::kClip || (hard_swish && e.fn == Fn::kHardSwish);
  return known && e.row_bias == nullptr && (e.residual == nullptr || e.residual_period == 0);
}

inline Bounds BoundsOf(const Epilogue& e) {
  if (e.fn == Fn::kClip) return {e.alpha, e.beta};
  return e.fn == Fn::kRelu ? Bounds{.low = 0} : Bounds{};
}

// Of row `row` and column `column` where tiles add the residual; nullptr without one.
inline const float* ResidualAt(const Epilogue& e, int64_t row, int64_t column) {
  return e.residual == nullptr ? nullptr : e.residual + row * e.residual_ld + column;
}

// Columns [column, column + columns) of row `row` of a matrix of n columns, from sums in a buffer with whole vectors to
// read; y is where the first of these columns goes.
struct RowPart {
  int64_t n, row, column, columns;
  const float* sums;
  float* y;
};

// y = f(sums + row bias) + residual.
template <typename Function>
inline void FinishRow(const Epilogue& e, Function f, const RowPart& part) {
  const float* row_bias = e.row_bias == nullptr ? nullptr : e.row_bias + part.row % e.row_period * part.n + part.column;
  const float* residual = ResidualAt(e, e.residual_period == 0 ? part.row : part.row % e.residual_period, part.column);
  for (int64_t i = 0; i < part.columns; i += kWidth) {
    const int64_t left = part.columns - i;
    F value = Load(part.sums + i);
    if (row_bias != nullptr) value = Add(value, LoadFirst(row_bias + i, left));
    value = f(value);
    if (residual != nullptr) value = Add(value, LoadFirst(residual + i, left));
    StoreFirst(part.y + i, value, left);
  }
}

// The same for `rows` rows from part.row on: sums and y advance by their pitch.
inline void FinishRows(const Epilogue& e, RowPart part, int64_t rows, int64_t sums_ld, int64_t y_ld) {
  WithFn(e.fn, e.alpha, e.beta, [&](auto f) {
    for (RowPart p = part; p.row < part.row + rows; ++p.row, p.sums += sums_ld, p.y += y_ld) FinishRow(e, f, p);
  });
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

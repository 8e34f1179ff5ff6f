// The end of an epilogue that a tile does not apply in its registers: from sums in a buffer to a row of the result.
namespace vitrt::kernels::VITRT_TIER {
namespace {

// Row `row`, columns [column, column + columns) of a matrix of n columns: y = f(sums + row bias) + residual. `sums` has
// the bias in it and whole vectors to read; y is where the first of these columns goes.
template <typename Function>
inline void FinishRow(const Epilogue& e, Function f, int64_t n, int64_t row, int64_t column, int64_t columns,
                      const float* sums, float* y) {
  const float* row_bias = e.row_bias == nullptr ? nullptr : e.row_bias + row % e.row_period * n + column;
  const int64_t residual_row = e.residual_period == 0 ? row : row % e.residual_period;
  const float* residual = e.residual == nullptr ? nullptr : e.residual + residual_row * e.residual_ld + column;
  for (int64_t i = 0; i < columns; i += kWidth) {
    const int64_t left = columns - i;
    F value = Load(sums + i);
    if (row_bias != nullptr) value = Add(value, left >= kWidth ? Load(row_bias + i) : LoadPart(row_bias + i, left));
    value = f(value);
    if (residual != nullptr) value = Add(value, left >= kWidth ? Load(residual + i) : LoadPart(residual + i, left));
    left >= kWidth ? Store(y + i, value) : StorePart(y + i, value, left);
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

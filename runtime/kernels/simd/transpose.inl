// The blocked 2-D transpose (movement.h). Moves 4 x 4 elements in 128-bit registers on every tier: the work is memory.
namespace vitrt::kernels::VITRT_TIER {
namespace {

constexpr int64_t kTransposeColumns = 16;  // a cache line of x

inline void Transpose4x4(const float* x, int64_t x_ld, float* y, int64_t y_ld) {
  const __m128 a = _mm_loadu_ps(x), b = _mm_loadu_ps(x + x_ld), c = _mm_loadu_ps(x + 2 * x_ld),
               d = _mm_loadu_ps(x + 3 * x_ld);
  const __m128 ab_low = _mm_unpacklo_ps(a, b), cd_low = _mm_unpacklo_ps(c, d);
  const __m128 ab_high = _mm_unpackhi_ps(a, b), cd_high = _mm_unpackhi_ps(c, d);
  _mm_storeu_ps(y, _mm_movelh_ps(ab_low, cd_low));
  _mm_storeu_ps(y + y_ld, _mm_movehl_ps(cd_low, ab_low));
  _mm_storeu_ps(y + 2 * y_ld, _mm_movelh_ps(ab_high, cd_high));
  _mm_storeu_ps(y + 3 * y_ld, _mm_movehl_ps(cd_high, ab_high));
}

void Transpose(const TransposeArgs& args) {
  const int64_t whole_rows = args.rows / 4 * 4;
  for (int64_t block = 0; block < args.columns; block += kTransposeColumns) {
    const int64_t end = Min(block + kTransposeColumns, args.columns), whole_end = block + (end - block) / 4 * 4;
    for (int64_t r = 0; r < whole_rows; r += 4) {
      const float* x = args.x + r * args.x_ld;
      for (int64_t c = block; c < whole_end; c += 4)
        Transpose4x4(x + c, args.x_ld, args.y + c * args.y_ld + r, args.y_ld);
      for (int64_t c = whole_end; c < end; ++c) {
        for (int64_t i = 0; i < 4; ++i) args.y[c * args.y_ld + r + i] = x[i * args.x_ld + c];
      }
    }
    for (int64_t c = block; c < end; ++c) {
      for (int64_t r = whole_rows; r < args.rows; ++r) args.y[c * args.y_ld + r] = args.x[r * args.x_ld + c];
    }
  }
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

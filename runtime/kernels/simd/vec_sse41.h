// Vectors of the SSE4.1 tier: 4 floats, no FMA. The functions every vec_*.h offers are described in vec.md.
#pragma once

#include <smmintrin.h>

#include <cstdint>

namespace vitrt::kernels::VITRT_TIER {
namespace {

using F = __m128;  // floats
using M = __m128;  // lane mask
constexpr int64_t kWidth = 4;
constexpr bool kFreeMasks = false;

inline F Zero() { return _mm_setzero_ps(); }
inline F Set1(float x) { return _mm_set1_ps(x); }
inline F Load(const float* p) { return _mm_loadu_ps(p); }
inline void Store(float* p, F x) { _mm_storeu_ps(p, x); }
inline F LoadPart(const float* p, int64_t n) {
  if (n >= 4) return Load(p);
  if (n <= 0) return Zero();
  if (n == 1) return _mm_load_ss(p);
  const F low = _mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i_u*>(p)));  // may alias, unaligned
  return n == 2 ? low : _mm_movelh_ps(low, _mm_load_ss(p + 2));
}
inline void StorePart(float* p, F x, int64_t n) {
  if (n >= 4) return Store(p, x);
  if (n <= 0) return;
  if (n == 1) return _mm_store_ss(p, x);
  _mm_storel_epi64(reinterpret_cast<__m128i_u*>(p), _mm_castps_si128(x));
  if (n == 3) _mm_store_ss(p + 2, _mm_movehl_ps(x, x));
}

inline F Add(F a, F b) { return _mm_add_ps(a, b); }
inline F Sub(F a, F b) { return _mm_sub_ps(a, b); }
inline F Mul(F a, F b) { return _mm_mul_ps(a, b); }
inline F Div(F a, F b) { return _mm_div_ps(a, b); }
inline F MulAdd(F a, F b, F c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
inline void AddProduct(F& sum, F a, F b) { sum = MulAdd(a, b, sum); }
inline F NegMulAdd(F a, F b, F c) { return _mm_sub_ps(c, _mm_mul_ps(a, b)); }
inline F Sqrt(F a) { return _mm_sqrt_ps(a); }
inline F Min(F a, F b) { return _mm_min_ps(a, b); }
inline F Max(F a, F b) { return _mm_max_ps(a, b); }
inline F Round(F a) { return _mm_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline F Abs(F a) { return _mm_andnot_ps(_mm_set1_ps(-0.0f), a); }
inline M Less(F a, F b) { return _mm_cmplt_ps(a, b); }
inline M IsNan(F a) { return _mm_cmpunord_ps(a, a); }
inline F Select(M m, F a, F b) { return _mm_blendv_ps(b, a, m); }
inline F Exp2Int(F n) {
  return _mm_castsi128_ps(_mm_slli_epi32(_mm_add_epi32(_mm_cvtps_epi32(n), _mm_set1_epi32(127)), 23));
}
inline float Sum(F a) {
  const F two = _mm_add_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}
inline float Largest(F a) {
  const F two = _mm_max_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

// Register tile of the matrix kernel, rows x vectors: 12 sums. Few rows, because no load broadcasts a value of A to a
// vector: that is an instruction more for each row. Vectors of B come from L1 with each product.
constexpr int kTileRows = 3;
constexpr int kTileVectors = 4;
constexpr int kUnrollK = 1;

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

// Vectors of the AVX-512 tier (Skylake-SP and later): 16 floats, FMA. See vec.md.
// VITRT_AVX512_HEADER (tests only) names a header that emulates the intrinsics, for a CPU without AVX-512.
#pragma once

#ifdef VITRT_AVX512_HEADER
#include VITRT_AVX512_HEADER
#else
#include <immintrin.h>
#endif

#include <cstdint>

namespace vitrt::kernels::VITRT_TIER {
namespace {

using F = __m512;     // floats
using M = __mmask16;  // lane mask
constexpr int64_t kWidth = 16;
constexpr bool kFreeMasks = true;

inline __mmask16 PartMask(int64_t n) {  // the first n lanes
  return static_cast<__mmask16>(n < 0 ? 0 : n >= 16 ? 0xffff : (1 << n) - 1);
}

inline F Zero() { return _mm512_setzero_ps(); }
inline F Set1(float x) { return _mm512_set1_ps(x); }
inline F Load(const float* p) { return _mm512_loadu_ps(p); }
inline void Store(float* p, F x) { _mm512_storeu_ps(p, x); }
inline F LoadPart(const float* p, int64_t n) { return _mm512_maskz_loadu_ps(PartMask(n), p); }
inline void StorePart(float* p, F x, int64_t n) { _mm512_mask_storeu_ps(p, PartMask(n), x); }

inline F Add(F a, F b) { return _mm512_add_ps(a, b); }
inline F Sub(F a, F b) { return _mm512_sub_ps(a, b); }
inline F Mul(F a, F b) { return _mm512_mul_ps(a, b); }
inline F Div(F a, F b) { return _mm512_div_ps(a, b); }
inline F MulAdd(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
inline void AddProduct(F& sum, F a, F b) { sum = MulAdd(a, b, sum); }
inline F NegMulAdd(F a, F b, F c) { return _mm512_fnmadd_ps(a, b, c); }
inline F Sqrt(F a) { return _mm512_sqrt_ps(a); }
inline F Min(F a, F b) { return _mm512_min_ps(a, b); }
inline F Max(F a, F b) { return _mm512_max_ps(a, b); }
inline F Round(F a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline F Abs(F a) {
  return _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(a), _mm512_set1_epi32(0x7fffffff)));
}
inline M Less(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
inline M IsNan(F a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q); }
inline F Select(M m, F a, F b) { return _mm512_mask_blend_ps(m, b, a); }
inline F Exp2Int(F n) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23));
}
// Lanes are folded in halves, as in the narrower tiers.
inline __m256 HighHalf(F a) { return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1)); }
inline float Sum(F a) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a), HighHalf(a));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}
inline float Largest(F a) {
  const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(a), HighHalf(a));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

// Register tile of the matrix kernels, rows x vectors; 32 registers: 24 sums over two neighbouring panels.
constexpr int kTileRows = 12;
constexpr int kTileVectors = 2;
constexpr int kUnrollK = 4;

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

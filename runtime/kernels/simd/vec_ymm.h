// What the AVX and AVX2 tiers share: 8 floats, floating-point instructions only. See vec.md.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace vitrt::kernels::VITRT_TIER {
namespace {

using F = __m256;  // floats
using M = __m256;  // lane mask
constexpr int64_t kWidth = 8;
constexpr bool kFreeMasks = false;

alignas(64) constexpr int32_t kPartMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
inline __m256i PartMask(int64_t n) {  // the first n lanes
  const int64_t lanes = n < 0 ? 0 : n > 8 ? 8 : n;
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kPartMask + 8 - lanes));
}

inline F Zero() { return _mm256_setzero_ps(); }
inline F Set1(float x) { return _mm256_set1_ps(x); }
inline F Load(const float* p) { return _mm256_loadu_ps(p); }
inline void Store(float* p, F x) { _mm256_storeu_ps(p, x); }
inline F LoadPart(const float* p, int64_t n) { return _mm256_maskload_ps(p, PartMask(n)); }
inline void StorePart(float* p, F x, int64_t n) { _mm256_maskstore_ps(p, PartMask(n), x); }

inline F Add(F a, F b) { return _mm256_add_ps(a, b); }
inline F Sub(F a, F b) { return _mm256_sub_ps(a, b); }
inline F Mul(F a, F b) { return _mm256_mul_ps(a, b); }
inline F Div(F a, F b) { return _mm256_div_ps(a, b); }
inline F Sqrt(F a) { return _mm256_sqrt_ps(a); }
inline F Min(F a, F b) { return _mm256_min_ps(a, b); }
inline F Max(F a, F b) { return _mm256_max_ps(a, b); }
inline F Round(F a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline F Abs(F a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
inline M Less(F a, F b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
inline M IsNan(F a) { return _mm256_cmp_ps(a, a, _CMP_UNORD_Q); }
inline float Sum(F a) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}
inline float Largest(F a) {
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

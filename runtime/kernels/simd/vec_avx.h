// Vectors of the AVX tier (Sandy and Ivy Bridge): 8 floats, no FMA, integers only in 128-bit halves. See vec.md.
#pragma once

#include "runtime/kernels/simd/vec_ymm.h"

namespace vitrt::kernels::VITRT_TIER {
namespace {

inline F MulAdd(F a, F b, F c) { return _mm256_add_ps(_mm256_mul_ps(a, b), c); }
inline void AddProduct(F& sum, F a, F b) { sum = MulAdd(a, b, sum); }
inline F NegMulAdd(F a, F b, F c) { return _mm256_sub_ps(c, _mm256_mul_ps(a, b)); }
// Not blendv, which GCC 12 takes apart into scalars where 256-bit integer comparisons are missing.
inline F Select(M m, F a, F b) { return _mm256_or_ps(_mm256_and_ps(m, a), _mm256_andnot_ps(m, b)); }
inline F Exp2Int(F n) {
  const __m256i i = _mm256_cvtps_epi32(n);
  const __m128i bias = _mm_set1_epi32(127);
  const __m128i low = _mm_slli_epi32(_mm_add_epi32(_mm256_castsi256_si128(i), bias), 23);
  const __m128i high = _mm_slli_epi32(_mm_add_epi32(_mm256_extractf128_si256(i, 1), bias), 23);
  return _mm256_castsi256_ps(_mm256_insertf128_si256(_mm256_castsi128_si256(low), high, 1));
}

// Register tile of the matrix kernels, rows x vectors; 16 registers: 12 sums, 2 vectors of B, one of A, one product.
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;
constexpr int kUnrollK = 1;

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

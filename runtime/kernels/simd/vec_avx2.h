// Vectors of the AVX2 tier (Haswell, Broadwell, Zen): 8 floats, FMA. See vec.md.
#pragma once

#include "runtime/kernels/simd/vec_ymm.h"

namespace vitrt::kernels::VITRT_TIER {
namespace {

inline F MulAdd(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
// In assembly, because GCC picks among the three forms of the instruction, and then moves or spills sums. Clang does
// not, but would put every b into memory where that is allowed.
inline void AddProduct(F& sum, F a, F b) {
#ifdef __clang__
  sum = MulAdd(a, b, sum);
#else
  asm("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "xm"(b));
#endif
}
inline F NegMulAdd(F a, F b, F c) { return _mm256_fnmadd_ps(a, b, c); }
inline F Select(M m, F a, F b) { return _mm256_blendv_ps(b, a, m); }
inline F Exp2Int(F n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}

// Register tile of the matrix kernels, rows x vectors; 16 registers: 12 sums, 2 vectors of B, one of A.
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;
constexpr int kUnrollK = 4;

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

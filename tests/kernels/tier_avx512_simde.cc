// The AVX-512 tier's own kernel source on SIMDe's intrinsics: runs on AVX2, so that a machine without AVX-512 tests it.
#define VITRT_TIER isa_avx512_simde
#define VITRT_TIER_NAME "avx512-simde"
// In this order.
// clang-format off
#include "runtime/kernels/simd/vec_avx512.h"
#include "runtime/kernels/simd/int8_zmm.h"
#include "runtime/kernels/simd/tier.inl"
// clang-format on

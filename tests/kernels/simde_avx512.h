// AVX-512 intrinsics on AVX2 by SIMDe, and the few that SIMDe 0.7 lacks.
#pragma once

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>

namespace {

inline simde__m512 EmulatedMaskzLoaduPs(simde__mmask16 mask, const void* p) {
  alignas(64) float lanes[16] = {};
  for (int i = 0; i < 16; ++i) {
    if (mask >> i & 1) lanes[i] = static_cast<const float*>(p)[i];
  }
  return simde_mm512_loadu_ps(lanes);
}

inline void EmulatedMaskStoreuPs(void* p, simde__mmask16 mask, simde__m512 x) {
  alignas(64) float lanes[16];
  simde_mm512_storeu_ps(lanes, x);
  for (int i = 0; i < 16; ++i) {
    if (mask >> i & 1) static_cast<float*>(p)[i] = lanes[i];
  }
}

inline simde__m512i EmulatedCvtpsEpi32(simde__m512 x) {
  alignas(64) float lanes[16];
  alignas(64) int32_t integers[16];
  simde_mm512_storeu_ps(lanes, x);
  for (int i = 0; i < 16; i += 8) {
    simde_mm256_storeu_si256(integers + i, simde_mm256_cvtps_epi32(simde_mm256_loadu_ps(lanes + i)));
  }
  return simde_mm512_loadu_si512(integers);
}

inline simde__m512 EmulatedCvtepi32Ps(simde__m512i x) {
  alignas(64) int32_t integers[16];
  alignas(64) float lanes[16];
  simde_mm512_storeu_si512(integers, x);
  for (int i = 0; i < 16; ++i) lanes[i] = static_cast<float>(integers[i]);
  return simde_mm512_loadu_ps(lanes);
}

inline __m128i EmulatedCvtepi32Epi8(simde__m512i x) {
  alignas(64) int32_t integers[16];
  alignas(16) int8_t bytes[16];
  simde_mm512_storeu_si512(integers, x);
  for (int i = 0; i < 16; ++i) bytes[i] = static_cast<int8_t>(integers[i]);
  return _mm_load_si128(reinterpret_cast<const __m128i*>(bytes));
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the names of the intrinsics that are emulated.
#define _mm512_maskz_loadu_ps(mask, p) EmulatedMaskzLoaduPs(mask, p)
#define _mm512_mask_storeu_ps(p, mask, x) EmulatedMaskStoreuPs(p, mask, x)
// SIMDe 0.7 defines it with four parameters.
#undef _mm512_madd_epi16
#define _mm512_madd_epi16(a, b) simde_mm512_madd_epi16(a, b)
#define _mm512_cvtepi32_ps(x) EmulatedCvtepi32Ps(x)
#define _mm512_cvtepi32_epi8(x) EmulatedCvtepi32Epi8(x)
#define _mm512_cvtps_epi32(x) EmulatedCvtpsEpi32(x)
// NOLINTEND(bugprone-reserved-identifier)

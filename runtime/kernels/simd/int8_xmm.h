// Integer vectors of the SSE4.1 and AVX tiers: 16 bytes, four columns of a panel. See vec.md.
#pragma once

namespace vitrt::kernels::VITRT_TIER {
namespace {

using I = __m128i;
constexpr int64_t kInts = 4;  // of int32

inline I LoadI(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
inline I LoadAlignedI(const void* p) { return _mm_load_si128(static_cast<const __m128i*>(p)); }
inline I Set1I(int32_t x) { return _mm_set1_epi32(x); }
inline I AddI(I a, I b) { return _mm_add_epi32(a, b); }
inline I MulI(I a, I b) { return _mm_mullo_epi32(a, b); }
inline I AddShorts(I a, I b) { return _mm_add_epi16(a, b); }
inline I MulBytes(I u8, I s8) { return _mm_maddubs_epi16(u8, s8); }
inline I PairSums(I shorts) { return _mm_madd_epi16(shorts, _mm_set1_epi16(1)); }
inline I MulShorts(I a, I b) { return _mm_madd_epi16(a, b); }
inline I EvenBytes(I u8) { return _mm_and_si128(u8, _mm_set1_epi16(0xff)); }
inline I OddBytes(I u8) { return _mm_srli_epi16(u8, 8); }
inline I EvenSigned(I s8) { return _mm_srai_epi16(_mm_slli_epi16(s8, 8), 8); }
inline I OddSigned(I s8) { return _mm_srai_epi16(s8, 8); }

// Takes x as it is from here on: the compiler may not add it to anything later.
inline __attribute__((always_inline)) void InRegister(I& x) { asm volatile("" : "+x"(x)); }

#ifndef __AVX__
// Four groups of a row, each of which is broadcast to all columns. No load broadcasts here, so all four are loaded at
// once.
struct RowBytes {
  I four;
  explicit RowBytes(const uint8_t* bytes) : four(LoadI(bytes)) {}
  __attribute__((always_inline)) I Group(int i) const {
    switch (i) {
      case 0:
        return _mm_shuffle_epi32(four, 0x00);
      case 1:
        return _mm_shuffle_epi32(four, 0x55);
      case 2:
        return _mm_shuffle_epi32(four, 0xaa);
      default:
        return _mm_shuffle_epi32(four, 0xff);
    }
  }
};
#else
// Four groups of a row, each of which is broadcast to all columns by a load: integers have none before AVX2, and GCC makes a load
// and a shuffle of Set1I.
struct RowBytes {
  const uint8_t* p;
  explicit RowBytes(const uint8_t* bytes) : p(bytes) {}
  __attribute__((always_inline)) I Group(int i) const {
    float four;
    __builtin_memcpy(&four, p + i * 4, 4);
    return _mm_castps_si128(_mm_set1_ps(four));
  }
};
#endif

#ifdef __AVX__
inline F ToFloats(const I* sums) {
  return _mm256_cvtepi32_ps(_mm256_insertf128_si256(_mm256_castsi128_si256(sums[0]), sums[1], 1));
}
// Integral floats in [0, 255] as kWidth bytes.
inline void StoreBytes(uint8_t* p, F x) {
  const __m256i i = _mm256_cvtps_epi32(x);
  const __m128i shorts = _mm_packus_epi32(_mm256_castsi256_si128(i), _mm256_extractf128_si256(i, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i_u*>(p), _mm_packus_epi16(shorts, shorts));
}
#else
inline F ToFloats(const I* sums) { return _mm_cvtepi32_ps(sums[0]); }
// Integral floats in [0, 255] as kWidth bytes.
inline void StoreBytes(uint8_t* p, F x) {
  const __m128i shorts = _mm_packus_epi32(_mm_cvtps_epi32(x), _mm_setzero_si128());
  const int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(shorts, shorts));
  __builtin_memcpy(p, &bytes, 4);
}
#endif

// 16 registers: eight sums, four weights of a run of two, two int16 sums, a group, the ones of PairSums.
constexpr int kInt8Rows = 4;
constexpr int kInt8Vectors = 2;
constexpr bool kWeightsInRegisters = true;
constexpr const char* kInt8Name = "pmaddubsw";

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

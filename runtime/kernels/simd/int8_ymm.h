// Integer vectors of the AVX2 tier: 32 bytes, eight columns of a panel. See vec.md.
#pragma once

namespace vitrt::kernels::VITRT_TIER {
namespace {

using I = __m256i;
constexpr int64_t kInts = 8;  // of int32

inline I LoadI(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
inline I LoadAlignedI(const void* p) { return _mm256_load_si256(static_cast<const __m256i*>(p)); }
inline I Set1I(int32_t x) { return _mm256_set1_epi32(x); }
inline I AddI(I a, I b) { return _mm256_add_epi32(a, b); }
inline I MulI(I a, I b) { return _mm256_mullo_epi32(a, b); }
inline I AddShorts(I a, I b) { return _mm256_add_epi16(a, b); }
inline I MulBytes(I u8, I s8) { return _mm256_maddubs_epi16(u8, s8); }
inline I PairSums(I shorts) { return _mm256_madd_epi16(shorts, _mm256_set1_epi16(1)); }
inline I MulShorts(I a, I b) { return _mm256_madd_epi16(a, b); }
inline I EvenBytes(I u8) { return _mm256_and_si256(u8, _mm256_set1_epi16(0xff)); }
inline I OddBytes(I u8) { return _mm256_srli_epi16(u8, 8); }
inline I EvenSigned(I s8) { return _mm256_srai_epi16(_mm256_slli_epi16(s8, 8), 8); }
inline I OddSigned(I s8) { return _mm256_srai_epi16(s8, 8); }

// Takes x as it is from here on: the compiler may not add it to anything later.
inline __attribute__((always_inline)) void InRegister(I& x) { asm volatile("" : "+x"(x)); }

// Four groups of a row, each of which is broadcast to all columns.
struct RowBytes {
  const uint8_t* p;
  explicit RowBytes(const uint8_t* bytes) : p(bytes) {}
  __attribute__((always_inline)) I Group(int i) const {
    int32_t four;
    __builtin_memcpy(&four, p + i * 4, 4);
    return Set1I(four);
  }
};

inline F ToFloats(const I* sums) { return _mm256_cvtepi32_ps(sums[0]); }
// Integral floats in [0, 255] as kWidth bytes.
inline void StoreBytes(uint8_t* p, F x) {
  const I i = _mm256_cvtps_epi32(x);
  const __m128i shorts = _mm_packus_epi32(_mm256_castsi256_si128(i), _mm256_extracti128_si256(i, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i_u*>(p), _mm_packus_epi16(shorts, shorts));
}

// 16 registers: eight sums, four weights of a run of two, two int16 sums, a group, the ones of PairSums.
constexpr int kInt8Rows = 4;
constexpr int kInt8Vectors = 2;
constexpr bool kWeightsInRegisters = true;
constexpr const char* kInt8Name = "pmaddubsw";

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

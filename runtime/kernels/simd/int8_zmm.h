// Integer vectors of the AVX-512 tier: 64 bytes, the columns of a panel. See vec.md.
#pragma once

namespace vitrt::kernels::VITRT_TIER {
namespace {

using I = __m512i;
constexpr int64_t kInts = 16;  // of int32

inline I LoadI(const void* p) { return _mm512_loadu_si512(p); }
inline I LoadAlignedI(const void* p) { return _mm512_load_si512(p); }
inline I Set1I(int32_t x) { return _mm512_set1_epi32(x); }
inline I AddI(I a, I b) { return _mm512_add_epi32(a, b); }
inline I MulI(I a, I b) { return _mm512_mullo_epi32(a, b); }
inline I AddShorts(I a, I b) { return _mm512_add_epi16(a, b); }
inline I MulBytes(I u8, I s8) { return _mm512_maddubs_epi16(u8, s8); }
inline I PairSums(I shorts) { return _mm512_madd_epi16(shorts, _mm512_set1_epi16(1)); }
inline I MulShorts(I a, I b) { return _mm512_madd_epi16(a, b); }
inline I EvenBytes(I u8) { return _mm512_and_si512(u8, _mm512_set1_epi16(0xff)); }
inline I OddBytes(I u8) { return _mm512_srli_epi16(u8, 8); }
inline I EvenSigned(I s8) { return _mm512_srai_epi16(_mm512_slli_epi16(s8, 8), 8); }
inline I OddSigned(I s8) { return _mm512_srai_epi16(s8, 8); }

// Takes x as it is from here on: the compiler may not add it to anything later.
#ifdef VITRT_AVX512_HEADER
inline void InRegister(I&) {}
#else
inline __attribute__((always_inline)) void InRegister(I& x) { asm volatile("" : "+v"(x)); }
#endif

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

inline F ToFloats(const I* sums) { return _mm512_cvtepi32_ps(sums[0]); }
// Integral floats in [0, 255] as kWidth bytes.
inline void StoreBytes(uint8_t* p, F x) {
  _mm_storeu_si128(reinterpret_cast<__m128i_u*>(p), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(x)));
}

// 32 registers: a column of sums, as many sums of a run, the weights and a group.
#ifdef VITRT_VNNI
constexpr int kInt8Rows = 12;
inline I AddDots(I sum, I u8, I s8) { return _mm512_dpbusd_epi32(sum, u8, s8); }
constexpr int kInt8Vectors = 2;
constexpr const char* kInt8Name = "vpdpbusd";
#else
#ifdef VITRT_AVX512_HEADER
constexpr int kInt8Rows = 2;  // emulated in tests, where each row more takes minutes to compile
#else
constexpr int kInt8Rows = 8;
#endif
constexpr int kInt8Vectors = 2;
constexpr bool kWeightsInRegisters = true;
constexpr const char* kInt8Name = "pmaddubsw";
#endif

}  // namespace
}  // namespace vitrt::kernels::VITRT_TIER

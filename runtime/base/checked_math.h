// Size arithmetic on numbers that come from a file: every operation says whether the true result fitted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace vitrt {

// Product of non-negative factors; nullopt on overflow or a negative factor, also where another factor is 0.
inline std::optional<int64_t> CheckedProduct(std::span<const int64_t> factors) {
  int64_t nonzero = 1;
  bool zero = false;
  for (int64_t factor : factors) {
    if (factor < 0) return std::nullopt;
    if (factor == 0) {
      zero = true;
    } else if (__builtin_mul_overflow(nonzero, factor, &nonzero)) {
      return std::nullopt;
    }
  }
  return zero ? 0 : nonzero;
}

// Smallest multiple of `alignment` (a power of two) that is >= size; the caller knows that size is far from the limit.
constexpr uint64_t AlignUp(uint64_t size, uint64_t alignment) { return (size + alignment - 1) & ~(alignment - 1); }

// Does [offset, offset + bytes) lie within [0, size)?
constexpr bool RangeFits(uint64_t offset, uint64_t bytes, uint64_t size) {
  return offset <= size && bytes <= size - offset;
}

}  // namespace vitrt

// What every kernel test shares: the tiers this CPU can run, made-up data, comparison by error.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/kernels/kernel_table.h"

namespace vitrt::kernels {

// Every tier this CPU can run, and the AVX-512 source on SIMDe where AVX2 is there.
std::span<const KernelTable* const> Tiers();

// Floats at a 64-byte boundary, with a guard behind them that Intact() checks.
class Buffer {
 public:
  explicit Buffer(int64_t count, float value = 0);
  Buffer(Buffer&&) = default;
  Buffer& operator=(Buffer&&) = default;
  float* data() { return data_; }
  const float* data() const { return data_; }
  int64_t size() const { return count_; }
  float& operator[](int64_t i) { return data_[i]; }
  float operator[](int64_t i) const { return data_[i]; }
  bool Intact() const;
  std::vector<float> Values() const { return {data_, data_ + count_}; }

 private:
  std::vector<float> storage_;
  float* data_;
  int64_t count_;
};

// Seeded values in [low, high).
Buffer Random(int64_t count, uint32_t seed, float low = -1, float high = 1);

// The matrix values [k, n] as panels of 16 columns, tail columns zero.
Buffer Panels(const Buffer& values, int64_t k, int64_t n);

// Largest |x - y| over all elements, infinity where only one is NaN or both are infinite of unlike sign.
double LargestError(const float* x, const float* y, int64_t count);

// Same bits, NaN included.
bool SameBits(const float* x, const float* y, int64_t count);

}  // namespace vitrt::kernels

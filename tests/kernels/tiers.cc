#include "tests/kernels/tiers.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

#include "runtime/base/isa.h"

namespace vitrt::kernels {

namespace isa_avx512_simde {
extern const KernelTable kTable;
}

namespace {
constexpr int64_t kGuard = 64;
constexpr float kGuardValue = 12345.5f;
}  // namespace

std::span<const KernelTable* const> Tiers() {
  static const std::vector<const KernelTable*> tiers = [] {
    std::vector<const KernelTable*> found;
    const std::optional<Isa> machine = IsaOf(ReadCpuWords());
    for (int i = 0; machine && i <= static_cast<int>(*machine); ++i) found.push_back(&Kernels(static_cast<Isa>(i)));
    if (machine && *machine >= Isa::kAvx2) found.push_back(&isa_avx512_simde::kTable);
    if (const char* only = std::getenv("VITRT_TEST_TIER")) {
      std::erase_if(found, [only](const KernelTable* table) { return std::strcmp(table->name, only) != 0; });
    }
    return found;
  }();
  return tiers;
}

Buffer::Buffer(int64_t count, float value) : storage_(static_cast<size_t>(count + kGuard + 16), value), count_(count) {
  const auto address = reinterpret_cast<uintptr_t>(storage_.data());
  data_ = storage_.data() + (64 - address % 64) % 64 / sizeof(float);
  for (int64_t i = 0; i < kGuard; ++i) data_[count_ + i] = kGuardValue;
}

bool Buffer::Intact() const {
  for (int64_t i = 0; i < kGuard; ++i) {
    if (data_[count_ + i] != kGuardValue) return false;
  }
  return true;
}

Buffer Random(int64_t count, uint32_t seed, float low, float high) {
  Buffer values(count);
  std::mt19937 random(seed);
  for (int64_t i = 0; i < count; ++i) {
    values[i] = low + (high - low) * static_cast<float>(random() >> 8) / 16777216.0f;
  }
  return values;
}

Buffer Panels(const Buffer& values, int64_t k, int64_t n) {
  Buffer panels(PanelCount(n) * k * kPanel);
  for (int64_t i = 0; i < k; ++i) {
    for (int64_t j = 0; j < n; ++j) panels[(j / kPanel * k + i) * kPanel + j % kPanel] = values[i * n + j];
  }
  return panels;
}

double LargestError(const float* x, const float* y, int64_t count) {
  double largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    const double error = std::abs(static_cast<double>(x[i]) - y[i]);
    if (!(error <= largest)) largest = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
  }
  return largest;
}

bool SameBits(const float* x, const float* y, int64_t count) {
  return count == 0 || std::memcmp(x, y, static_cast<size_t>(count) * sizeof(float)) == 0;
}

}  // namespace vitrt::kernels

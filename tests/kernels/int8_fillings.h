// What the tests of the int8 kernels share: tiers, and weights and inputs at their extremes.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/kernels/int8_kernels.h"
#include "tests/kernels/tiers.h"

namespace vitrt::kernels {

struct Tier {
  const char* name;
  const Int8Kernels& kernels;
};

// Every tier with no feature, and the best that the machine has.
inline std::vector<Tier> Int8Tiers() {
  std::vector<Tier> tiers;
  for (const KernelTable* table : Tiers()) tiers.push_back({table->name, table->int8});
  const CpuWords words = ReadCpuWords();
  if (const auto isa = IsaOf(words); isa && FeaturesOf(words, *isa).Has(CpuFeature::kAvx512Vnni)) {
    tiers.push_back({"avx512vnni", Int8KernelsOf(*isa, FeaturesOf(words, *isa))});
  }
  return tiers;
}

struct Filling {
  const char* name;
  int (*value)(int64_t i, int64_t j, uint32_t random);
};

inline constexpr Filling kWeights[] = {
    {"random in +-127", [](int64_t, int64_t, uint32_t r) { return static_cast<int>(r % 255) - 127; }},
    {"random in +-63", [](int64_t, int64_t, uint32_t r) { return static_cast<int>(r % 127) - 63; }},
    {"random in +-15", [](int64_t, int64_t, uint32_t r) { return static_cast<int>(r % 31) - 15; }},
    {"all 127", [](int64_t, int64_t, uint32_t) { return 127; }},
    {"all -128", [](int64_t, int64_t, uint32_t) { return -128; }},
    {"all 64, the most that a group takes", [](int64_t, int64_t, uint32_t) { return 64; }},
    {"all 65, one too many", [](int64_t, int64_t, uint32_t) { return 65; }},
    {"all 32 and then 33", [](int64_t i, int64_t, uint32_t) { return i < 16 ? 32 : 33; }},
    {"signs that alternate", [](int64_t i, int64_t, uint32_t) { return i % 2 == 0 ? 127 : -128; }},
    {"signs that alternate by column", [](int64_t, int64_t j, uint32_t) { return j % 2 == 0 ? 127 : -128; }},
    {"one huge among zeros", [](int64_t i, int64_t j, uint32_t) { return i == 5 && j == 3 ? -128 : 0; }},
    {"every run length",
     [](int64_t i, int64_t, uint32_t r) { return static_cast<int>(r % 3 - 1) * (1 << i / 16 % 8); }},
};
inline constexpr Filling kInputs[] = {
    {"random", [](int64_t, int64_t, uint32_t r) { return static_cast<int>(r % 256); }},
    {"all 0", [](int64_t, int64_t, uint32_t) { return 0; }},
    {"all 255", [](int64_t, int64_t, uint32_t) { return 255; }},
    {"255 where k is even", [](int64_t, int64_t k, uint32_t) { return k % 2 == 0 ? 255 : 0; }},
};
}  // namespace vitrt::kernels

// What a CPU has beyond its tier: bits that a kernel asks for, never further tiers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/isa.h"

namespace vitrt {

enum class CpuFeature : uint8_t { kF16c, kAvxVnni, kAvx512Vnni };

class CpuFeatures {
 public:
  bool Has(CpuFeature feature) const { return (bits_ >> static_cast<int>(feature) & 1) != 0; }
  void Set(CpuFeature feature, bool on = true) {
    const uint32_t bit = uint32_t{1} << static_cast<int>(feature);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
  }
  bool operator==(const CpuFeatures&) const = default;

 private:
  uint32_t bits_ = 0;
};

std::vector<std::string> NamesOf(CpuFeatures features);  // "f16c", "avxvnni", "avx512vnni", in that order

// What `words` offer to code of tier `isa`: a bit needs the registers of its tier (F16C: avx, AVX-VNNI: avx2,
// AVX-512 VNNI: avx512).
CpuFeatures FeaturesOf(const CpuWords& words, Isa isa);

// The bits to use in tier `isa`: those of this machine, without those that the environment variable VITRT_CPU_FEATURES
// masks ("-avx512vnni,-f16c"). kInvalidArgument for anything else in it: a bit cannot be added.
Result<CpuFeatures> ChooseFeatures(Isa isa);

}  // namespace vitrt

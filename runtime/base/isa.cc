// CPUID bits: Intel SDM volume 2A, CPUID; XCR0: volume 1, section 13.3.
#include "runtime/base/isa.h"

#include <cpuid.h>

#include <algorithm>
#include <cstdlib>

namespace vitrt {
namespace {

constexpr const char* kNames[] = {"sse41", "avx", "avx2", "avx512"};

constexpr uint32_t kSse41Bit = 1u << 19, kFmaBit = 1u << 12, kOsxsaveBit = 1u << 27, kAvxBit = 1u << 28;  // leaf 1 ECX
constexpr uint32_t kAvx2Bit = 1u << 5;                                                                    // leaf 7 EBX
constexpr uint32_t kAvx512Bits = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;  // F, DQ, BW, VL
constexpr uint64_t kYmmState = 0x06;                                         // XMM and YMM
constexpr uint64_t kZmmState = 0xe6;                                         // and opmask, ZMM_Hi256, Hi16_ZMM

bool HasAll(uint64_t word, uint64_t bits) { return (word & bits) == bits; }

uint64_t ReadXcr0() {
  uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

}  // namespace

const char* IsaName(Isa isa) { return kNames[static_cast<int>(isa)]; }

std::string IsaNames() {
  std::string names;
  for (const Isa isa : kIsas) names += (names.empty() ? "" : ", ") + std::string(IsaName(isa));
  return names;
}

std::optional<Isa> ParseIsa(std::string_view name) {
  for (const Isa isa : kIsas) {
    if (name == IsaName(isa)) return isa;
  }
  return std::nullopt;
}

CpuWords ReadCpuWords() {
  CpuWords words;
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) words.leaf1_ecx = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
    words.leaf7_ebx = ebx;
    words.leaf7_ecx = ecx;
    const uint32_t last_subleaf = eax;
    if (last_subleaf >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) words.leaf7_1_eax = eax;
  }
  if (words.leaf1_ecx & kOsxsaveBit) words.xcr0 = ReadXcr0();
  return words;
}

std::optional<Isa> IsaOf(const CpuWords& words) {
  if (!HasAll(words.leaf1_ecx, kSse41Bit)) return std::nullopt;
  if (!HasAll(words.leaf1_ecx, kAvxBit | kOsxsaveBit) || !HasAll(words.xcr0, kYmmState)) return Isa::kSse41;
  if (!HasAll(words.leaf1_ecx, kFmaBit) || !HasAll(words.leaf7_ebx, kAvx2Bit)) return Isa::kAvx;
  if (!HasAll(words.leaf7_ebx, kAvx512Bits) || !HasAll(words.xcr0, kZmmState)) return Isa::kAvx2;
  return Isa::kAvx512;
}

Result<Isa> ChooseIsa(std::optional<Isa> cap) {
  const std::optional<Isa> machine = IsaOf(ReadCpuWords());
  if (!machine) return Unsupported("this CPU lacks SSE4.1, the least that vitrt runs on");
  if (!cap) {
    if (const char* name = std::getenv("VITRT_MAX_ISA"); name != nullptr && *name != '\0') {
      cap = ParseIsa(name);
      if (!cap)
        return InvalidArgument("unknown instruction set '" + std::string(name) + "'", "VITRT_MAX_ISA",
                               "use one of " + IsaNames());
    }
  }
  return cap ? std::min(*cap, *machine) : *machine;
}

}  // namespace vitrt

// Which instruction-set tier this machine can run, from CPUID and from what the operating system saves (XCR0).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vitrt/isa.h"
#include "vitrt/status.h"

namespace vitrt {

// Every tier, the lowest first; every build has all of them.
inline constexpr Isa kIsas[] = {Isa::kSse41, Isa::kAvx, Isa::kAvx2, Isa::kAvx512};

const char* IsaName(Isa isa);                        // "sse41", "avx", "avx2", "avx512"
std::string IsaNames();                              // all, with commas between them
std::optional<Isa> ParseIsa(std::string_view name);  // exactly those names

// The words that decide: CPUID leaf 1 ECX, leaf 7.0 EBX, XCR0 (0 where the OS has not enabled XGETBV); and for features
// beyond the tiers (cpu_features.h) leaf 7.0 ECX and leaf 7.1 EAX.
struct CpuWords {
  uint32_t leaf1_ecx = 0, leaf7_ebx = 0;
  uint64_t xcr0 = 0;
  uint32_t leaf7_ecx = 0, leaf7_1_eax = 0;
};
CpuWords ReadCpuWords();
// The highest tier whose instructions and register state are all there; nullopt below SSE4.1.
std::optional<Isa> IsaOf(const CpuWords& words);

// The tier to use: what the machine offers, capped by `cap`, or where that is absent by the environment variable
// VITRT_MAX_ISA. Errors: kUnsupported below SSE4.1, kInvalidArgument for an unknown name in VITRT_MAX_ISA.
Result<Isa> ChooseIsa(std::optional<Isa> cap);

}  // namespace vitrt

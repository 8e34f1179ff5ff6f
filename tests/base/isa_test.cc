#include "runtime/base/isa.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace vitrt;

namespace {

constexpr uint32_t kSse41 = 1u << 19, kFma = 1u << 12, kOsxsave = 1u << 27, kAvx = 1u << 28, kAvx2 = 1u << 5;
constexpr uint32_t kAvx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
constexpr uint32_t kHaswell = kSse41 | kFma | kOsxsave | kAvx;

}  // namespace

TEST_SUITE("runtime/base/isa") {
  TEST_CASE("a tier needs its instructions and the register state that the system saves") {
    struct Case {
      const char* title;
      CpuWords words;
      std::optional<Isa> isa;
    };
    const Case cases[] = {
        {"nothing", {0, 0, 0}, std::nullopt},
        {"Nehalem", {kSse41, 0, 0}, Isa::kSse41},
        {"AVX that the system does not save", {kSse41 | kAvx, 0, 0}, Isa::kSse41},
        {"AVX with XSAVE but only SSE state", {kSse41 | kAvx | kOsxsave, 0, 0x2}, Isa::kSse41},
        {"Sandy Bridge", {kSse41 | kAvx | kOsxsave, 0, 0x7}, Isa::kAvx},
        {"FMA without AVX2 (Piledriver)", {kHaswell, 0, 0x7}, Isa::kAvx},
        {"AVX2 without FMA", {kSse41 | kAvx | kOsxsave, kAvx2, 0x7}, Isa::kAvx},
        {"Haswell", {kHaswell, kAvx2, 0x7}, Isa::kAvx2},
        {"Skylake-SP", {kHaswell, kAvx2 | kAvx512, 0xe7}, Isa::kAvx512},
        {"AVX-512 that the system does not save", {kHaswell, kAvx2 | kAvx512, 0x7}, Isa::kAvx2},
        {"AVX-512 without VL (Knights Landing)", {kHaswell, kAvx2 | 1u << 16, 0xe7}, Isa::kAvx2},
    };
    for (const Case& c : cases) {
      INFO(std::string(c.title));
      CHECK(IsaOf(c.words) == c.isa);
    }
  }

  TEST_CASE("names read back") {
    for (Isa isa : {Isa::kSse41, Isa::kAvx, Isa::kAvx2, Isa::kAvx512}) CHECK(ParseIsa(IsaName(isa)) == isa);
    CHECK(!ParseIsa("AVX2"));
    CHECK(!ParseIsa(""));
  }

  TEST_CASE("a cap lowers the tier, the environment caps where the caller does not") {
    const auto machine = IsaOf(ReadCpuWords());
    if (!machine) return;
    unsetenv("VITRT_MAX_ISA");
    CHECK(*ChooseIsa(std::nullopt) == *machine);
    CHECK(*ChooseIsa(Isa::kSse41) == Isa::kSse41);
    CHECK(*ChooseIsa(Isa::kAvx512) == *machine);
    setenv("VITRT_MAX_ISA", "sse41", 1);
    CHECK(*ChooseIsa(std::nullopt) == Isa::kSse41);
    setenv("VITRT_MAX_ISA", "mmx", 1);
    CHECK(ChooseIsa(std::nullopt).status().code() == StatusCode::kInvalidArgument);
    unsetenv("VITRT_MAX_ISA");
  }
}

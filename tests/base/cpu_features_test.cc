#include "runtime/base/cpu_features.h"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace vitrt;

namespace {

using Names = std::vector<std::string>;

constexpr CpuWords kSapphireRapids = {.leaf1_ecx = 1u << 29, .leaf7_ecx = 1u << 11, .leaf7_1_eax = 1u << 4};

// Sets VITRT_CPU_FEATURES for one scope.
class Masked {
 public:
  explicit Masked(const char* text) { setenv("VITRT_CPU_FEATURES", text, 1); }
  ~Masked() { unsetenv("VITRT_CPU_FEATURES"); }
};

}  // namespace

TEST_SUITE("runtime/base/cpu_features") {
  TEST_CASE("a feature needs its bit and the registers of its tier") {
    const struct {
      const char* title;
      CpuWords words;
      Isa isa;
      Names names;
    } cases[] = {
        {"no bit", {}, Isa::kAvx512, {}},
        {"all of them", kSapphireRapids, Isa::kAvx512, {"f16c", "avxvnni", "avx512vnni"}},
        {"capped to AVX2", kSapphireRapids, Isa::kAvx2, {"f16c", "avxvnni"}},
        {"capped to AVX", kSapphireRapids, Isa::kAvx, {"f16c"}},
        {"capped to SSE4.1", kSapphireRapids, Isa::kSse41, {}},
        {"Ivy Bridge", {.leaf1_ecx = 1u << 29}, Isa::kAvx, {"f16c"}},
        {"Cascade Lake", {.leaf1_ecx = 1u << 29, .leaf7_ecx = 1u << 11}, Isa::kAvx512, {"f16c", "avx512vnni"}},
        {"Alder Lake", {.leaf1_ecx = 1u << 29, .leaf7_1_eax = 1u << 4}, Isa::kAvx2, {"f16c", "avxvnni"}},
    };
    for (const auto& c : cases) {
      INFO(std::string(c.title));
      CHECK(NamesOf(FeaturesOf(c.words, c.isa)) == c.names);
    }
  }

  TEST_CASE("the environment masks bits and cannot add one") {
    const auto machine = IsaOf(ReadCpuWords());
    if (!machine) return;
    unsetenv("VITRT_CPU_FEATURES");
    const CpuFeatures here = FeaturesOf(ReadCpuWords(), *machine);
    CHECK(*ChooseFeatures(*machine) == here);
    for (CpuFeature feature : {CpuFeature::kF16c, CpuFeature::kAvxVnni, CpuFeature::kAvx512Vnni}) {
      CpuFeatures one;
      one.Set(feature, true);
      const Masked masked(("-" + NamesOf(one)[0]).c_str());
      CpuFeatures expected = here;
      expected.Set(feature, false);
      CHECK(*ChooseFeatures(*machine) == expected);
    }
    {
      const Masked masked("-avx512vnni,-avxvnni,-f16c");
      CHECK(*ChooseFeatures(*machine) == CpuFeatures());
    }
    for (const char* wrong : {"avx512vnni", "+avx512vnni", "-vnni", "-avx512vnni,,", "-", " -f16c"}) {
      const Masked masked(wrong);
      INFO(std::string(wrong));
      CHECK(ChooseFeatures(*machine).status().code() == StatusCode::kInvalidArgument);
    }
  }
}

// CPUID bits: Intel SDM volume 2A, CPUID.
#include "runtime/base/cpu_features.h"

#include <cstdlib>
#include <optional>
#include <string_view>

namespace vitrt {
namespace {

struct Feature {
  CpuFeature feature;
  std::string_view name;
  Isa least;  // the tier whose registers it works on
  bool (*offered)(const CpuWords&);
};

constexpr Feature kFeatures[] = {
    {CpuFeature::kF16c, "f16c", Isa::kAvx, [](const CpuWords& w) { return (w.leaf1_ecx >> 29 & 1) != 0; }},
    {CpuFeature::kAvxVnni, "avxvnni", Isa::kAvx2, [](const CpuWords& w) { return (w.leaf7_1_eax >> 4 & 1) != 0; }},
    {CpuFeature::kAvx512Vnni, "avx512vnni", Isa::kAvx512,
     [](const CpuWords& w) { return (w.leaf7_ecx >> 11 & 1) != 0; }},
};

std::optional<CpuFeature> Parse(std::string_view name) {
  for (const Feature& f : kFeatures) {
    if (f.name == name) return f.feature;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> NamesOf(CpuFeatures features) {
  std::vector<std::string> names;
  for (const Feature& f : kFeatures) {
    if (features.Has(f.feature)) names.emplace_back(f.name);
  }
  return names;
}

CpuFeatures FeaturesOf(const CpuWords& words, Isa isa) {
  CpuFeatures features;
  for (const Feature& f : kFeatures) features.Set(f.feature, isa >= f.least && f.offered(words));
  return features;
}

Result<CpuFeatures> ChooseFeatures(Isa isa) {
  CpuFeatures features = FeaturesOf(ReadCpuWords(), isa);
  const char* text = std::getenv("VITRT_CPU_FEATURES");
  std::string_view left = text == nullptr ? "" : text;
  while (!left.empty()) {
    const size_t comma = left.find(',');
    const std::string_view word = left.substr(0, comma);
    left = comma == std::string_view::npos ? "" : left.substr(comma + 1);
    const std::optional<CpuFeature> feature = word.starts_with('-') ? Parse(word.substr(1)) : std::nullopt;
    if (!feature) {
      std::string all;
      for (const Feature& f : kFeatures) all += (all.empty() ? "-" : ", -") + std::string(f.name);
      return InvalidArgument("unknown CPU feature mask '" + std::string(word) + "'", "VITRT_CPU_FEATURES",
                             "use " + all + ", several with commas between them");
    }
    features.Set(*feature, false);
  }
  return features;
}

}  // namespace vitrt

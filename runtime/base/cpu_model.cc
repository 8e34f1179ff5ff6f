#include "runtime/base/cpu_model.h"

#include <cpuid.h>

#include <array>
#include <cstring>

namespace vitrt {

// The brand string: Intel SDM volume 2A, CPUID, leaves 80000002H to 80000004H. The CPU says it itself: /proc may be missing.
std::string CpuModel() {
  std::array<char, 3 * 16 + 1> brand{};
  for (unsigned part = 0; part < 3; ++part) {
    std::array<unsigned, 4> words{};
    if (!__get_cpuid(0x80000002 + part, &words[0], &words[1], &words[2], &words[3])) return "unknown";
    std::memcpy(brand.data() + part * 16, words.data(), 16);
  }
  const std::string name = brand.data();
  const size_t begin = name.find_first_not_of(' '), end = name.find_last_not_of(' ');
  return begin == std::string::npos ? "unknown" : name.substr(begin, end - begin + 1);
}

}  // namespace vitrt

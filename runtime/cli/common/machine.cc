#include "runtime/cli/common/machine.h"

#include <cpuid.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>

namespace vitrt::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct Start {
  Clock::time_point at;
  double before_ms = 0;
};

Start g_start;  // written once, by main before any thread

}  // namespace

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

// VmHWM: unlike getrusage's maximum it does not start from what the parent process held before exec.
double PeakResidentBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::strtod(line.c_str() + 6, nullptr) * 1024;
  }
  return 0;
}

void MarkProcessStart() {
  timespec cpu = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  g_start = {Clock::now(), static_cast<double>(cpu.tv_sec) * 1e3 + static_cast<double>(cpu.tv_nsec) * 1e-6};
}

double MillisecondsSinceStart() {
  return g_start.before_ms + std::chrono::duration<double, std::milli>(Clock::now() - g_start.at).count();
}

}  // namespace vitrt::cli

#include "runtime/cli/common/machine.h"

#include <chrono>
#include <cstdlib>
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

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(':');
    const size_t begin = colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "unknown";
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

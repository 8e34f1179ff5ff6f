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

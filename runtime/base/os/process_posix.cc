#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

#include "runtime/base/os/process.h"

namespace vitrt::os {

std::vector<std::string> Arguments(int argc, char** argv) {
  if (argc < 1) return {};
  return {argv + 1, argv + argc};
}

bool IsTerminal(std::FILE* stream) { return isatty(fileno(stream)) == 1; }

int ProcessId() { return getpid(); }

double CpuMilliseconds() {
  timespec cpu = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  return static_cast<double>(cpu.tv_sec) * 1e3 + static_cast<double>(cpu.tv_nsec) * 1e-6;
}

// VmHWM: unlike getrusage's maximum it does not start from what the parent process held before exec.
double PeakResidentBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::strtod(line.c_str() + 6, nullptr) * 1024;
  }
  return 0;
}

}  // namespace vitrt::os

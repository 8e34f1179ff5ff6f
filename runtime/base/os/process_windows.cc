#include <fcntl.h>
#include <io.h>

#include "runtime/base/os/process.h"
#include "runtime/base/os/windows.h"
// After windows.h, whose types they use.
#include <psapi.h>
#include <shellapi.h>

namespace vitrt::os {
namespace {

double Milliseconds(const FILETIME& ticks) {  // of 100 ns
  return static_cast<double>(static_cast<uint64_t>(ticks.dwHighDateTime) << 32 | ticks.dwLowDateTime) * 1e-4;
}

}  // namespace

std::vector<std::string> Arguments(int argc, char** argv) {
  for (std::FILE* stream : {stdout, stderr}) _setmode(_fileno(stream), _O_BINARY);
  SetConsoleOutputCP(CP_UTF8);
  int count = 0;
  wchar_t** wide = CommandLineToArgvW(GetCommandLineW(), &count);
  std::vector<std::string> arguments;
  if (wide == nullptr) {
    for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
    return arguments;
  }
  for (int i = 1; i < count; ++i) arguments.push_back(ToUtf8(wide[i]));
  LocalFree(wide);
  return arguments;
}

bool IsTerminal(std::FILE* stream) { return _isatty(_fileno(stream)) != 0; }

int ProcessId() { return static_cast<int>(GetCurrentProcessId()); }

double CpuMilliseconds() {
  FILETIME begun, ended, kernel = {}, user = {};
  GetProcessTimes(GetCurrentProcess(), &begun, &ended, &kernel, &user);
  return Milliseconds(kernel) + Milliseconds(user);
}

double PeakResidentBytes() {
  PROCESS_MEMORY_COUNTERS memory = {};
  GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof memory);
  return static_cast<double>(memory.PeakWorkingSetSize);
}

}  // namespace vitrt::os

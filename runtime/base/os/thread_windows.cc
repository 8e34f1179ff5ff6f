// CPUs are those of the process's own processor group: at most 64.
#include <pthread.h>

#include <bit>

#include "runtime/base/os/thread.h"
#include "runtime/base/os/windows.h"

namespace vitrt::os {

struct SignalsBlocked::Before {};
SignalsBlocked::SignalsBlocked() = default;  // signals run on threads of their own here
SignalsBlocked::~SignalsBlocked() = default;

void NameThisThread(const char* name) { pthread_setname_np(pthread_self(), name); }

std::vector<int> AllowedCpus() {
  DWORD_PTR process = 0, system = 0;
  std::vector<int> cpus;
  if (!GetProcessAffinityMask(GetCurrentProcess(), &process, &system)) return cpus;
  for (int cpu = 0; cpu < 64; ++cpu) {
    if ((process >> cpu & 1) != 0) cpus.push_back(cpu);
  }
  return cpus;
}

int CoreOf(int cpu) {
  DWORD bytes = 0;
  GetLogicalProcessorInformation(nullptr, &bytes);
  std::vector<SYSTEM_LOGICAL_PROCESSOR_INFORMATION> all(bytes / sizeof(SYSTEM_LOGICAL_PROCESSOR_INFORMATION));
  if (all.empty() || !GetLogicalProcessorInformation(all.data(), &bytes)) return cpu;
  for (const SYSTEM_LOGICAL_PROCESSOR_INFORMATION& info : all) {
    if (info.Relationship == RelationProcessorCore && (info.ProcessorMask >> cpu & 1) != 0) {
      return std::countr_zero(static_cast<uint64_t>(info.ProcessorMask));
    }
  }
  return cpu;
}

bool PinThisThread(int cpu) { return SetThreadAffinityMask(GetCurrentThread(), DWORD_PTR{1} << cpu) != 0; }

}  // namespace vitrt::os

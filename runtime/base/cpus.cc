// Control groups: Linux kernel documentation, admin-guide/cgroup-v2 (cpu.max) and cgroup-v1 (cpu.cfs_quota_us). Cores:
// ABI/stable/sysfs-devices-system-cpu (thread_siblings_list).
#include "runtime/base/cpus.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

namespace vitrt {
namespace {

// The lowest-numbered hardware thread of the core that `cpu` belongs to; `cpu` itself where the system does not say.
int CoreOf(int cpu) {
  std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
  int first = cpu;
  return file >> first ? first : cpu;
}

// CPUs of one group's quota, 0 if it has none.
int QuotaOf(const std::string& folder) {
  double quota = 0, period = 0;
  if (std::ifstream file(folder + "/cpu.max"); !(file >> quota >> period)) {  // "max 100000": no quota
    std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  return quota > 0 && period > 0 ? static_cast<int>((quota + period - 1) / period) : 0;
}

}  // namespace

std::vector<int> AllowedCpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
  }
  if (!cpus.empty()) return cpus;
  // A machine with more CPUs than a cpu_set_t holds: their number is all there is to know.
  const int count = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (int cpu = 0; cpu < count; ++cpu) cpus.push_back(cpu);
  return cpus;
}

std::vector<int> AllowedCores() {
  std::vector<int> cores, seen;
  for (const int cpu : AllowedCpus()) {
    const int core = CoreOf(cpu);
    if (std::find(seen.begin(), seen.end(), core) != seen.end()) continue;
    seen.push_back(core);
    cores.push_back(cpu);
  }
  return cores;
}

int QuotaCpus(const char* proc_cgroup, const char* root) {
  int least = 0;
  const auto take = [&least](int cpus) {
    if (cpus > 0 && (least == 0 || cpus < least)) least = cpus;
  };
  // Lines are "hierarchy:controllers:path"; version 2 has one, "0::path".
  std::ifstream lines(proc_cgroup);
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
    const bool version_2 = controllers == ",,";
    if (!version_2 && controllers.find(",cpu,") == std::string::npos) continue;
    const std::string mount = root + std::string(version_2 ? "" : "/cpu");
    std::string path = line.substr(second + 1);
    for (; !path.empty() && path != "/"; path.resize(path.rfind('/'))) take(QuotaOf(mount + path));
    take(QuotaOf(mount));
  }
  return least;
}

int DefaultThreads() {
  const int cores = static_cast<int>(AllowedCores().size()), quota = QuotaCpus();
  return quota > 0 ? std::min(cores, quota) : cores;
}

bool PinThisThread(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace vitrt

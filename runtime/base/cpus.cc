// Control groups: Linux kernel documentation, admin-guide/cgroup-v2 (cpu.max) and cgroup-v1 (cpu.cfs_quota_us).
#include "runtime/base/cpus.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

#include "runtime/base/os/thread.h"

namespace vitrt {
namespace {

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
  std::vector<int> cpus = os::AllowedCpus();
  if (!cpus.empty()) return cpus;
  // Their number is all there is to know.
  const int count = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (int cpu = 0; cpu < count; ++cpu) cpus.push_back(cpu);
  return cpus;
}

std::vector<int> AllowedCores() {
  std::vector<int> cores, seen;
  for (const int cpu : AllowedCpus()) {
    const int core = os::CoreOf(cpu);
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

}  // namespace vitrt

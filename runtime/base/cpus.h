// Which CPUs this process may use.
#pragma once

#include <vector>

namespace vitrt {

// One CPU for each physical core of the calling thread's affinity mask, ascending; at least one entry. Hyper-threads of
// one core share its multipliers: a second thread there slows the first down.
std::vector<int> AllowedCores();

// CPUs of the affinity mask, ascending.
std::vector<int> AllowedCpus();

// CPUs that a cgroup quota allows, rounded up: the least over this process's group and the groups around it, under
// version 1 or 2; 0 if there is no quota. `proc_cgroup` is the file /proc/self/cgroup, `root` where groups are mounted.
int QuotaCpus(const char* proc_cgroup = "/proc/self/cgroup", const char* root = "/sys/fs/cgroup");

// Allowed cores, as far as the quota reaches: the threads a session has by default.
int DefaultThreads();

}  // namespace vitrt

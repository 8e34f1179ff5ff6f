// The clock of the kernel benchmarks.
#pragma once

#include <time.h>

namespace vitrt {

// Seconds of the wall clock: the time of a thread is a guess on a virtual machine.
inline double Now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace vitrt

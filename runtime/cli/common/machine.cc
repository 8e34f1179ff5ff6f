#include "runtime/cli/common/machine.h"

#include <chrono>

#include "runtime/base/os/process.h"

namespace vitrt::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct Start {
  Clock::time_point at;
  double before_ms = 0;
};

Start g_start;  // written once, by main before any thread

}  // namespace

void MarkProcessStart() { g_start = {Clock::now(), os::CpuMilliseconds()}; }

double MillisecondsSinceStart() {
  return g_start.before_ms + std::chrono::duration<double, std::milli>(Clock::now() - g_start.at).count();
}

}  // namespace vitrt::cli

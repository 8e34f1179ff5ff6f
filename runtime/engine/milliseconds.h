// Durations as the engine reports them.
#pragma once

#include <chrono>

namespace vitrt {

using Clock = std::chrono::steady_clock;

inline double Ms(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}
inline double MsSince(Clock::time_point begin) { return Ms(begin, Clock::now()); }

}  // namespace vitrt

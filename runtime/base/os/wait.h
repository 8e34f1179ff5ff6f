// Sleeping until one of several things happens.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace vitrt::os {

using Waitable = intptr_t;  // POSIX: a descriptor, readable once it happened; Windows: a HANDLE

// Returns once one of them happened, or when the time is over.
void WaitForAny(const std::vector<Waitable>& things, std::chrono::milliseconds time);

}  // namespace vitrt::os

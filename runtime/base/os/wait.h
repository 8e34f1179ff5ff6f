// Sleeping until one of several things happens.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace vitrt::os {

using Waitable = intptr_t;  // POSIX: a descriptor, readable once it happened; Windows: a HANDLE

// Returns once one of them happened, or when the time is over.
void WaitForAny(const std::vector<Waitable>& things, std::chrono::milliseconds time);

// std::atomic's wait (acquire) and notify. GCC 12's own lose a notification now and then where there is no futex(2): between
// looking at the word and sleeping they hold no lock (_M_do_wait of its bits/atomic_wait.h).
void WaitWhile(const std::atomic<uint32_t>& word, uint32_t old);
void WakeOne(std::atomic<uint32_t>& word);
void WakeAll(std::atomic<uint32_t>& word);

}  // namespace vitrt::os

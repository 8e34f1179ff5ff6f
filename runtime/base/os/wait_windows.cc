#include <algorithm>

#include "runtime/base/os/wait.h"
#include "runtime/base/os/windows.h"

namespace vitrt::os {

// Windows waits for 64 at most; what is behind them is looked at every tenth of a second.
void WaitForAny(const std::vector<Waitable>& things, std::chrono::milliseconds time) {
  std::vector<HANDLE> handles;
  for (const Waitable thing : things) {
    if (handles.size() < MAXIMUM_WAIT_OBJECTS) handles.push_back(reinterpret_cast<HANDLE>(thing));
  }
  if (things.size() > handles.size()) time = std::min(time, std::chrono::milliseconds(100));
  WaitForMultipleObjects(static_cast<DWORD>(handles.size()), handles.data(), FALSE, static_cast<DWORD>(time.count()));
}

void WaitWhile(const std::atomic<uint32_t>& word, uint32_t old) {
  static_assert(sizeof word == sizeof old);
  while (word.load(std::memory_order_acquire) == old) {
    WaitOnAddress(const_cast<std::atomic<uint32_t>*>(&word), &old, sizeof old, INFINITE);
  }
}
void WakeOne(std::atomic<uint32_t>& word) { WakeByAddressSingle(&word); }
void WakeAll(std::atomic<uint32_t>& word) { WakeByAddressAll(&word); }

}  // namespace vitrt::os

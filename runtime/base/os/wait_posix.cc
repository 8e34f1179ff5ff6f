#include <poll.h>

#include "runtime/base/os/wait.h"

namespace vitrt::os {

void WaitForAny(const std::vector<Waitable>& things, std::chrono::milliseconds time) {
  std::vector<pollfd> descriptors;
  descriptors.reserve(things.size());
  for (const Waitable thing : things) descriptors.push_back({static_cast<int>(thing), POLLIN, 0});
  poll(descriptors.data(), descriptors.size(), static_cast<int>(time.count()));
}

void WaitWhile(const std::atomic<uint32_t>& word, uint32_t old) { word.wait(old, std::memory_order_acquire); }
void WakeOne(std::atomic<uint32_t>& word) { word.notify_one(); }
void WakeAll(std::atomic<uint32_t>& word) { word.notify_all(); }

}  // namespace vitrt::os

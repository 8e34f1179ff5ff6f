// Threads as the operating system has them.
#pragma once

#include <memory>
#include <vector>

namespace vitrt::os {

// Threads started while it lives take no signals: those are the host's.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  struct Before;
  std::unique_ptr<Before> before_;
};

// What a debugger and top(1) show.
void NameThisThread(const char* name);

// CPUs of the calling thread's affinity mask, ascending; empty where the system does not say.
std::vector<int> AllowedCpus();
// The lowest-numbered hardware thread of the core that `cpu` belongs to; `cpu` itself where the system does not say.
int CoreOf(int cpu);
// Binds the calling thread to one CPU; false if that is not allowed.
bool PinThisThread(int cpu);

}  // namespace vitrt::os

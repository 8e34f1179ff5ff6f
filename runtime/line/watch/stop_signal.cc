#include "runtime/line/watch/stop_signal.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace vitrt::watch {

StopSignal::StopSignal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  descriptor_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

StopSignal::~StopSignal() { close(descriptor_); }

bool StopSignal::came() {
  signalfd_siginfo info;
  if (!came_ && read(descriptor_, &info, sizeof info) == sizeof info) came_ = true;
  return came_;
}

}  // namespace vitrt::watch

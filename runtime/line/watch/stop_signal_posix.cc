#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <utility>

#include "runtime/line/watch/stop_signal.h"

namespace vitrt::watch {

StopSignal::StopSignal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  waitable_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

StopSignal::~StopSignal() { close(static_cast<int>(waitable_)); }

void StopSignal::Read() {
  signalfd_siginfo info;
  while (read(static_cast<int>(waitable_), &info, sizeof info) == sizeof info) {
    (info.ssi_signo == SIGHUP ? hangup_ : came_) = true;
  }
}

bool StopSignal::came() {
  if (!came_) Read();
  return came_;
}

bool StopSignal::TakeHangup() {
  Read();
  return std::exchange(hangup_, false);
}

}  // namespace vitrt::watch

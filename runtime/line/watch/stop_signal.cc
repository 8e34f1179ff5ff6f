#include "runtime/line/watch/stop_signal.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <utility>

namespace vitrt::watch {

StopSignal::StopSignal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  descriptor_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

StopSignal::~StopSignal() { close(descriptor_); }

void StopSignal::Read() {
  signalfd_siginfo info;
  while (read(descriptor_, &info, sizeof info) == sizeof info) {
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

#include <atomic>

#include "runtime/base/os/windows.h"
#include "runtime/line/watch/stop_signal.h"

namespace vitrt::watch {
namespace {

HANDLE g_event = nullptr;  // of the one StopSignal of a process
std::atomic<bool> g_came = false;

// On a thread of the system's: Ctrl-C, Ctrl-Break, and the window that is closed.
BOOL WINAPI Stop(DWORD) {
  g_came = true;
  SetEvent(g_event);
  return TRUE;
}

}  // namespace

StopSignal::StopSignal() {
  g_event = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  waitable_ = reinterpret_cast<os::Waitable>(g_event);
  SetConsoleCtrlHandler(Stop, TRUE);
}

StopSignal::~StopSignal() {
  SetConsoleCtrlHandler(Stop, FALSE);
  CloseHandle(g_event);
}

void StopSignal::Read() { came_ = came_ || g_came; }

bool StopSignal::came() {
  Read();
  return came_;
}

bool StopSignal::TakeHangup() { return false; }

}  // namespace vitrt::watch

// SIGINT and SIGTERM, on Windows Ctrl-C and its like, as something to wait for, so that the current image is finished
// first; SIGHUP, sent after files were rotated, as a flag.
#pragma once

#include "runtime/base/os/wait.h"

namespace vitrt::watch {

// From its creation on the signals do not end the process. Create it before any thread is started: threads inherit it.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  os::Waitable waitable() const { return waitable_; }  // happened: a signal came
  bool came();
  bool TakeHangup();  // SIGHUP came since the last call

 private:
  os::Waitable waitable_ = -1;
  void Read();

  bool came_ = false, hangup_ = false;
};

}  // namespace vitrt::watch

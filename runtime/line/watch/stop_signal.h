// SIGINT and SIGTERM as something to wait for, so that work in hand is finished first; SIGHUP, sent after files were
// rotated, as something to be asked for.
#pragma once

namespace vitrt::watch {

// From its creation on the signals do not end the process. Create it before any thread is started: threads inherit it.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int descriptor() const { return descriptor_; }  // readable once a signal came
  bool came();
  bool TakeHangup();  // SIGHUP came since the last call

 private:
  int descriptor_ = -1;
  void Read();

  bool came_ = false, hangup_ = false;
};

}  // namespace vitrt::watch

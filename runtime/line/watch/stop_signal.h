// SIGINT and SIGTERM as a descriptor to poll, so that the current image is finished first; SIGHUP, sent after files
// were rotated, as a flag.
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

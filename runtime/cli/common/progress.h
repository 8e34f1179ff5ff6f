// A progress line on stderr, on a terminal only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace vitrt::cli {

class Progress {
 public:
  // `shown` false, or stderr not a terminal: nothing is ever printed.
  Progress(std::string what, bool shown);
  ~Progress();  // wipes the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // done in [0, 1]; `text` stands after the bar. Repaints at most ten times a second.
  void Show(double done, const std::string& text);
  void Wipe();  // before something else is printed

 private:
  std::string what_;
  bool shown_, painted_ = false;
  std::chrono::steady_clock::time_point last_{};
};

// The same as a function, for code outside of the command line. The line is wiped when the function is destroyed.
std::function<void(double done, const std::string& text)> ShowProgress(const std::string& what);

}  // namespace vitrt::cli

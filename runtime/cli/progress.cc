#include "runtime/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace vitrt::cli {

Progress::Progress(std::string what, bool shown)
    : what_(std::move(what)), shown_(shown && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { Wipe(); }

void Progress::Show(double done, const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || (painted_ && now - last_ < std::chrono::milliseconds(100))) return;
  constexpr int kWidth = 30;
  const auto full = static_cast<size_t>(std::clamp(done, 0.0, 1.0) * kWidth);
  const std::string bar = std::string(full, '#') + std::string(kWidth - full, '.');
  std::fprintf(stderr, "\r\033[K%s [%s] %s", what_.c_str(), bar.c_str(), text.c_str());
  std::fflush(stderr);
  painted_ = true;
  last_ = now;
}

void Progress::Wipe() {
  if (painted_) std::fputs("\r\033[K", stderr);
  painted_ = false;
}

}  // namespace vitrt::cli

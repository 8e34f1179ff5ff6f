#include "runtime/cli/common/progress.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "runtime/base/os/process.h"
#include "runtime/line/text/escape.h"

namespace vitrt::cli {

Progress::Progress(std::string what, bool shown) : what_(std::move(what)), shown_(shown && os::IsTerminal(stderr)) {}

Progress::~Progress() { Wipe(); }

void Progress::Show(double done, const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || (painted_ && now - last_ < std::chrono::milliseconds(100))) return;
  constexpr int kWidth = 30;
  const auto full = static_cast<size_t>(std::clamp(done, 0.0, 1.0) * kWidth);
  const std::string bar = std::string(full, '#') + std::string(kWidth - full, '.');
  std::fprintf(stderr, "\r\033[K%s [%s] %s", what_.c_str(), bar.c_str(), line::Visible(text).c_str());
  std::fflush(stderr);
  painted_ = true;
  last_ = now;
}

void Progress::Wipe() {
  if (painted_) std::fputs("\r\033[K", stderr);
  painted_ = false;
}

std::function<void(double, const std::string&)> ShowProgress(const std::string& what) {
  auto progress = std::make_shared<Progress>(what, true);
  return [progress](double done, const std::string& text) { progress->Show(done, text); };
}

}  // namespace vitrt::cli

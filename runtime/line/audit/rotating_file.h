// A file that lines are appended to, and that makes room for a new one when it is full.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vitrt/status.h"

namespace vitrt::audit {

// FILE grows to `max_bytes`, then becomes FILE.1, FILE.1 becomes FILE.2, and so on; of those the newest `keep` stay.
// Each line is one write at the end of the file: whole, or (disk full) taken back. Movable. Not thread-safe.
class RotatingFile {
 public:
  // Errors: kInternal. A device (/dev/stderr) is written to and never rotated. max_bytes 0: never rotated.
  static Result<RotatingFile> Open(const std::string& path, int64_t max_bytes, int keep);
  RotatingFile(RotatingFile&& other) noexcept;
  RotatingFile& operator=(RotatingFile&& other) noexcept;
  ~RotatingFile();

  // `line` ends with a newline. Errors: kInternal; the file is as before, and the next line is tried all the same.
  Status Append(std::string_view line);

 private:
  RotatingFile() = default;
  Status Reopen();
  Status Rotate();

  std::string path_;
  int64_t max_bytes_ = 0, size_ = 0;
  int keep_ = 0, descriptor_ = -1;
  bool regular_ = true;
};

}  // namespace vitrt::audit

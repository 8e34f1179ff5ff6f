// A file to which one process or several append whole lines, with rotation by size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/line/files/same_file.h"
#include "vitrt/status.h"

namespace vitrt::line {

struct AppendOptions {
  FileKind kind;
  std::string header{};   // the first line of a new file; a file of this kind with another one is moved to FILE.1
  int64_t max_bytes = 0;  // 0: no limit
  int keep = -1;          // how many older files stay; -1: all
};

// Where a file ended.
struct FileEnd {
  uint64_t inode = 0, bytes = 0;
};

// FILE grows to `max_bytes`, then becomes FILE.1, FILE.1 becomes FILE.2, and so on. Written lines are never cut or
// changed: a line is written at the end in one piece while this process holds the file's lock (flock on POSIX), and one that the
// disk had no room for is taken back before the lock is given up. A line that a crash cut short is ended first, so that
// it does not run into the next. A file that was renamed or removed (by rotation, here or elsewhere) is noticed before
// the next line, which goes to a new file. Devices and FIFOs are written to as they are. Movable. Not thread-safe.
class AppendFile {
 public:
  // Errors: kInvalidArgument (a file of another kind, FILE.1 and so on too), kInternal.
  static Result<AppendFile> Open(const std::string& path, AppendOptions options);
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  ~AppendFile();

  // `line` ends with a newline. Errors: kInternal; the file is as before, and the next line is tried all the same.
  Status Append(std::string_view line);
  // Opens the file anew if it was renamed or removed, without waiting for the next line.
  Status Refresh();
  FileEnd end() const;  // as of now; other processes may write on

  // Whether a line that starts and ends so was written since the file ended there, also if it was renamed since. A file
  // that was removed or compressed has none.
  bool HasLineSince(const FileEnd& since, const std::string& start, const std::string& end) const;

 private:
  AppendFile() = default;
  Status Reopen();
  Status Rotate();
  Status LockCurrent();  // the lock of the file that has the name now
  void Unlock() const;
  Status WriteLocked(std::string_view line);
  Status Failed(const char* what) const;  // by errno

  std::string path_;
  AppendOptions options_;
  int descriptor_ = -1;
  bool regular_ = true;
};

}  // namespace vitrt::line

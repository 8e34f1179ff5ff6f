// A file that appears whole or not at all, and that until then harms nothing: what had the name keeps it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "vitrt/status.h"

namespace vitrt {

// Bytes go to a file without a name in the folder of `path`, so that a kill leaves nothing behind. Commit syncs it and
// gives it the name, with mode and owner of the file that it replaces. Symbolic links are followed, dangling ones too.
// Where `path` is no regular file (a device, a FIFO) or is where stdout or stderr go, Commit writes through it instead.
// File systems that know no nameless files get `path`.XXXXXX, and SIGINT, SIGTERM and SIGHUP wait until it is gone.
// Windows has neither such files nor signals: a kill may leave `path`.PID-N behind, and a file that somebody has open or
// mapped is not replaced.
// Movable. Not thread-safe.
class PendingFile {
 public:
  // Errors: kInternal (a folder, a place that cannot be written).
  static Result<PendingFile> Create(const std::string& path);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile();

  // Errors: kInternal (disk full); then the file is of no use.
  Status Write(std::span<const std::byte> bytes);
  // Opens as what was written so far, while this object lives.
  std::string readable_path() const;
  int descriptor() const { return descriptor_; }
  // Once, at the end. Errors: kInternal; `path` is as before, unless it is written through.
  Status Commit();

 private:
  PendingFile() = default;
  Status Failed() const;  // by errno
  Status CreateInMemory();
  Status CreateBeside();
  Status CreateNamed(const std::string& prefix);  // `prefix`, a dot and six letters
  Status TakeName();
  Status WriteThrough() const;
  struct SignalsWait;  // while it lives

  std::string path_;       // as given, for messages
  std::string target_;     // links followed
  std::string temporary_;  // "": the file has no name
  int descriptor_ = -1;
  bool through_ = false;
  std::shared_ptr<SignalsWait> signals_;
};

// The file that a write to `path` would reach: symbolic links of the last component followed, also to what is not there
// yet.
std::string FollowLinks(const std::string& path);

}  // namespace vitrt

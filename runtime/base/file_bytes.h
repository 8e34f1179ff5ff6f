// The bytes of a whole file: mapped read-only and shared with other processes, or read into private memory.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "runtime/base/aligned_buffer.h"
#include "vitrt/status.h"

namespace vitrt {

// Movable, immutable. data() is 64-byte aligned at least (page-aligned when mapped).
class FileBytes {
 public:
  enum class Mode {
    kMap,  // memory is the page cache's; a file that shrinks while in use raises SIGBUS on access, and on Windows none can
    kRead,  // memory is the process's own; nothing that happens to the file later matters
  };

  // Errors, all with `path` as where: kBadInput (missing, unreadable, a directory, empty), kInternal (memory).
  // Pages::kHuge has an effect on a mapping where the file system keeps files in large pages.
  static Result<FileBytes> Open(const std::string& path, Mode mode, Pages pages = Pages::kNormal);

  FileBytes() = default;
  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&& other) noexcept;
  ~FileBytes();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  bool mapped_ = false;
  AlignedBuffer buffer_;  // kRead
};

}  // namespace vitrt

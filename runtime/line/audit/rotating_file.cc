#include "runtime/line/audit/rotating_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "runtime/base/check.h"

namespace vitrt::audit {
namespace {

Status Failed(const char* what, const std::string& path) {
  return Internal(std::string(what) + ": " + std::strerror(errno), path);
}

}  // namespace

Result<RotatingFile> RotatingFile::Open(const std::string& path, int64_t max_bytes, int keep) {
  RotatingFile file;
  file.path_ = path;
  file.max_bytes_ = max_bytes;
  file.keep_ = keep;
  VITRT_RETURN_IF_ERROR(file.Reopen());
  return file;
}

Status RotatingFile::Reopen() {
  descriptor_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  struct stat info;
  if (descriptor_ < 0 || fstat(descriptor_, &info) != 0) return Failed("cannot open the log", path_);
  regular_ = S_ISREG(info.st_mode);
  size_ = info.st_size;
  return {};
}

RotatingFile::RotatingFile(RotatingFile&& other) noexcept { *this = std::move(other); }

RotatingFile& RotatingFile::operator=(RotatingFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(max_bytes_, other.max_bytes_);
  std::swap(size_, other.size_);
  std::swap(keep_, other.keep_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(regular_, other.regular_);
  return *this;
}

RotatingFile::~RotatingFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status RotatingFile::Append(std::string_view line) {
  const auto bytes = static_cast<int64_t>(line.size());
  if (descriptor_ < 0) VITRT_RETURN_IF_ERROR(Reopen());
  if (regular_ && max_bytes_ > 0 && size_ > 0 && size_ + bytes > max_bytes_) VITRT_RETURN_IF_ERROR(Rotate());
  ssize_t written = 0;
  do {
    written = write(descriptor_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written == bytes) {
    size_ += bytes;
    return {};
  }
  if (written >= 0) errno = ENOSPC;  // a short write to a file is a full disk
  const Status status = Failed("cannot write to the log", path_);
  if (written > 0 && regular_ && ftruncate(descriptor_, size_) != 0) size_ += written;
  return status;
}

Status RotatingFile::Rotate() {
  const auto numbered = [&](int i) { return i == 0 ? path_ : path_ + "." + std::to_string(i); };
  if (keep_ == 0 && unlink(path_.c_str()) != 0 && errno != ENOENT) return Failed("cannot rotate the log", path_);
  for (int i = keep_; i > 0; --i) {
    if (rename(numbered(i - 1).c_str(), numbered(i).c_str()) != 0 && errno != ENOENT) {
      return Failed("cannot rotate the log", numbered(i - 1));
    }
  }
  close(std::exchange(descriptor_, -1));
  return Reopen();
}

}  // namespace vitrt::audit

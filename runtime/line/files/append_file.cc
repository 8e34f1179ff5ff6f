#include "runtime/line/files/append_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/pending_file.h"

namespace vitrt::line {
namespace {

namespace fs = std::filesystem;

bool IsThere(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  std::getline(file, line);
  return line + '\n';
}

bool HasLine(const std::string& path, uint64_t from, const std::string& start, const std::string& end) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(from));
  for (std::string line; std::getline(file, line) && !file.eof();) {
    if (line.size() >= start.size() + end.size() && line.starts_with(start) && line.ends_with(end)) return true;
  }
  return false;
}

}  // namespace

Result<AppendFile> AppendFile::Open(const std::string& path, AppendOptions options) {
  AppendFile file;
  file.path_ = FollowLinks(path);
  file.options_ = std::move(options);
  for (int i = 0; i == 0 || IsThere(file.path_ + "." + std::to_string(i)); ++i) {
    VITRT_RETURN_IF_ERROR(CheckKind(i == 0 ? path : file.path_ + "." + std::to_string(i), file.options_.kind));
  }
  VITRT_RETURN_IF_ERROR(file.LockCurrent());
  struct stat info;
  Status status;
  if (file.regular_ && fstat(file.descriptor_, &info) == 0 && !file.options_.header.empty()) {
    if (info.st_size > 0 && FirstLine(file.path_) != file.options_.header) status = file.Rotate();
    if (status.ok()) status = file.LockCurrent();
    if (status.ok()) status = file.WriteLocked("");
  }
  file.Unlock();
  if (!status.ok()) return status;
  return file;
}

AppendFile::AppendFile(AppendFile&& other) noexcept { *this = std::move(other); }

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(options_, other.options_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(regular_, other.regular_);
  return *this;
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status AppendFile::Failed(const char* what) const {
  return Internal(std::string(what) + ": " + std::strerror(errno), path_);
}

Status AppendFile::Reopen() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
  struct stat info;
  regular_ = stat(path_.c_str(), &info) != 0 || S_ISREG(info.st_mode);
  VITRT_RETURN_IF_ERROR(CheckKind(path_, options_.kind));
  const int access = regular_ ? O_RDWR : O_WRONLY;  // the last byte is looked at
  descriptor_ = open(path_.c_str(), access | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0 || fstat(descriptor_, &info) != 0) return Failed("cannot open the file");
  regular_ = S_ISREG(info.st_mode);
  return {};
}

Status AppendFile::LockCurrent() {
  constexpr int kTries = 100;  // each lost to a rotation elsewhere
  for (int i = 0; i < kTries; ++i) {
    if (descriptor_ < 0) VITRT_RETURN_IF_ERROR(Reopen());
    if (!regular_) return {};
    while (flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }  // a file system without locks: each line is still one write at the end
    struct stat opened, named;
    if (fstat(descriptor_, &opened) != 0) return Failed("cannot read the file");
    if (stat(path_.c_str(), &named) == 0 && named.st_ino == opened.st_ino && named.st_dev == opened.st_dev) return {};
    close(std::exchange(descriptor_, -1));
  }
  return Internal("the file was renamed during each of 100 attempts to open it", path_);
}

void AppendFile::Unlock() const {
  if (descriptor_ >= 0 && regular_) flock(descriptor_, LOCK_UN);
}

Status AppendFile::Append(std::string_view line) {
  VITRT_RETURN_IF_ERROR(LockCurrent());
  const Status status = WriteLocked(line);
  Unlock();
  return status;
}

Status AppendFile::Refresh() { return Append(""); }

Status AppendFile::WriteLocked(std::string_view line) {
  struct stat before {};
  if (regular_ && fstat(descriptor_, &before) != 0) return Failed("cannot read the file");
  const auto bytes = static_cast<int64_t>(line.size());
  if (regular_ && options_.max_bytes > 0 && before.st_size > 0 && before.st_size + bytes > options_.max_bytes &&
      bytes > 0) {
    VITRT_RETURN_IF_ERROR(Rotate());
    VITRT_RETURN_IF_ERROR(LockCurrent());
    if (fstat(descriptor_, &before) != 0) return Failed("cannot read the file");
  }
  std::string text;
  char last = '\n';
  if (regular_ && before.st_size > 0 && pread(descriptor_, &last, 1, before.st_size - 1) == 1 && last != '\n')
    text = "\n";
  if (regular_ && before.st_size == 0) text = options_.header;
  text += line;
  if (text.empty()) return {};
  ssize_t written = 0;
  do {
    written = write(descriptor_, text.data(), text.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(text.size())) return {};
  if (written >= 0) errno = ENOSPC;  // a short write to a file is a full disk
  const Status status = Failed("cannot write to the file");
  struct stat now;
  const bool ours = regular_ && written > 0 && fstat(descriptor_, &now) == 0 && now.st_size == before.st_size + written;
  if (ours && ftruncate(descriptor_, before.st_size) != 0) return status;  // ended before the next line
  return status;
}

// While the lock of the file is held, so that two processes do not rotate it twice.
Status AppendFile::Rotate() {
  const auto numbered = [&](int i) { return i == 0 ? path_ : path_ + "." + std::to_string(i); };
  int oldest = 0;
  while ((options_.keep < 0 || oldest < options_.keep) && IsThere(numbered(oldest))) ++oldest;
  if (oldest == 0 && unlink(path_.c_str()) != 0 && errno != ENOENT) return Failed("cannot rotate the file");
  for (int i = oldest; i > 0; --i) {
    if (rename(numbered(i - 1).c_str(), numbered(i).c_str()) != 0 && errno != ENOENT) {
      return Internal(std::string("cannot rotate the file: ") + std::strerror(errno), numbered(i - 1));
    }
  }
  close(std::exchange(descriptor_, -1));
  return {};
}

FileEnd AppendFile::end() const {
  struct stat info;
  if (!regular_ || descriptor_ < 0 || fstat(descriptor_, &info) != 0) return {};
  return {info.st_ino, static_cast<uint64_t>(info.st_size)};
}

bool AppendFile::HasLineSince(const FileEnd& since, const std::string& start, const std::string& end) const {
  if (!regular_) return false;
  const fs::path named(path_);
  const std::string folder = named.has_parent_path() ? named.parent_path().string() : ".";
  std::error_code error;
  for (fs::directory_iterator at(folder, error), last; !error && at != last; at.increment(error)) {
    struct stat info;
    const std::string path = at->path().string();
    if (!at->path().filename().string().starts_with(named.filename().string())) continue;
    if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const bool the_one = info.st_ino == since.inode;
    if (!the_one && at->path().filename() != named.filename()) continue;
    const bool grown = the_one && static_cast<uint64_t>(info.st_size) >= since.bytes;  // not cut by somebody
    if (HasLine(path, grown ? since.bytes : 0, start, end)) return true;
  }
  return false;
}

}  // namespace vitrt::line

#include <fcntl.h>
#include <io.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/base/os/process.h"
#include "runtime/base/os/windows.h"
#include "runtime/base/pending_file.h"

namespace vitrt {
namespace {

// Errors: errno.
bool WriteAll(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ptrdiff_t written = os::Write(descriptor, bytes.data(), bytes.size());
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

// Links are rare here, and a rename onto one replaces it.
std::string FollowLinks(const std::string& path) { return path; }

struct PendingFile::SignalsWait {};

Result<PendingFile> PendingFile::Create(const std::string& path) {
  PendingFile file;
  file.path_ = file.target_ = path;
  const auto existing = os::Look(path);
  if (existing && existing->folder) {
    errno = EISDIR;
    return file.Failed();
  }
  file.through_ = existing && !existing->regular;
  VITRT_RETURN_IF_ERROR(file.CreateBeside());
  return file;
}

Status PendingFile::CreateBeside() {
  static std::atomic<int> count = 0;
  std::string folder;
  if (through_) {  // NUL and the like have no folder
    wchar_t temporary[MAX_PATH + 1] = {};
    GetTempPathW(MAX_PATH + 1, temporary);
    folder = os::NameOf(temporary);
  }
  const std::string name =
      (through_ ? folder + "vitrt" : target_) + "." + std::to_string(os::ProcessId()) + "-" + std::to_string(++count);
  if (!os::Make(name)) return Failed();
  temporary_ = name;
  descriptor_ = os::Open(name, os::kRead | os::kAppend);
  return descriptor_ >= 0 ? Status() : Failed();
}

PendingFile::PendingFile(PendingFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      through_(other.through_) {}

PendingFile::~PendingFile() {
  if (descriptor_ >= 0) os::Close(descriptor_);
  if (!temporary_.empty()) os::Remove(temporary_);
}

Status PendingFile::Failed() const {
  return Internal(std::string("cannot write the file: ") + std::strerror(errno), path_);
}

Status PendingFile::Write(std::span<const std::byte> bytes) {
  return WriteAll(descriptor_, bytes) ? Status() : Failed();
}

std::string PendingFile::readable_path() const { return temporary_; }

Status PendingFile::Commit() {
  if (through_) return WriteThrough();
  const bool synced = _commit(descriptor_) == 0;
  os::Close(std::exchange(descriptor_, -1));
  return synced ? TakeName() : Failed();
}

Status PendingFile::TakeName() {
  if (!os::Rename(temporary_, target_)) return Failed();
  temporary_.clear();
  return {};
}

Status PendingFile::WriteThrough() const {
  const int to = os::Open(path_, os::kAppend);
  if (to < 0) return Failed();
  std::byte part[1 << 16];
  bool written = true;
  uint64_t at = 0;
  for (ptrdiff_t size; written && (size = os::ReadAt(descriptor_, part, sizeof part, at)) != 0;) {
    written = size > 0 && WriteAll(to, std::span(part).first(static_cast<size_t>(size)));
    at += size > 0 ? static_cast<uint64_t>(size) : 0;
  }
  const Status status = written ? Status() : Failed();
  os::Close(to);
  return status;
}

}  // namespace vitrt

#include "runtime/line/files/append_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/base/pending_file.h"

namespace vitrt::line {
namespace {

namespace fs = std::filesystem;

bool IsThere(const std::string& path) { return os::Look(path).has_value(); }

std::string FirstLine(const std::string& path) {
  std::ifstream file(os::PathOf(path), std::ios::binary);
  std::string line;
  std::getline(file, line);
  return line + '\n';
}

bool HasLine(const std::string& path, uint64_t from, const std::string& start, const std::string& end) {
  std::ifstream file(os::PathOf(path), std::ios::binary);
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
  Status status;
  const std::optional<os::FileFacts> facts = file.regular_ ? os::Look(file.descriptor_) : std::nullopt;
  if (facts && !file.options_.header.empty()) {
    if (facts->bytes > 0 && FirstLine(file.path_) != file.options_.header) status = file.Rotate();
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
  if (descriptor_ >= 0) os::Close(descriptor_);
}

Status AppendFile::Failed(const char* what) const {
  return Internal(std::string(what) + ": " + std::strerror(errno), path_);
}

Status AppendFile::Reopen() {
  if (descriptor_ >= 0) os::Close(std::exchange(descriptor_, -1));
  std::optional<os::FileFacts> facts = os::Look(path_);
  regular_ = !facts || facts->regular;
  VITRT_RETURN_IF_ERROR(CheckKind(path_, options_.kind));
  descriptor_ = os::Open(path_, regular_ ? os::kAppend | os::kRead : os::kAppend);  // the last byte is looked at
  if (descriptor_ < 0 || !(facts = os::Look(descriptor_))) return Failed("cannot open the file");
  regular_ = facts->regular;
  return {};
}

Status AppendFile::LockCurrent() {
  constexpr int kTries = 100;  // each lost to a rotation elsewhere
  for (int i = 0; i < kTries; ++i) {
    if (descriptor_ < 0) VITRT_RETURN_IF_ERROR(Reopen());
    if (!regular_) return {};
    os::Lock(descriptor_, os::Wait::kYes);  // a file system without locks: each line is still one write at the end
    const std::optional<os::FileFacts> opened = os::Look(descriptor_), named = os::Look(path_);
    if (!opened) return Failed("cannot read the file");
    if (named && named->inode == opened->inode && named->device == opened->device) return {};
    os::Close(std::exchange(descriptor_, -1));
  }
  return Internal("the file was renamed during each of 100 attempts to open it", path_);
}

void AppendFile::Unlock() const {
  if (descriptor_ >= 0 && regular_) os::Unlock(descriptor_);
}

Status AppendFile::Append(std::string_view line) {
  VITRT_RETURN_IF_ERROR(LockCurrent());
  Status status = WriteLocked(line);
  Unlock();
  return status;
}

Status AppendFile::Refresh() { return Append(""); }

Status AppendFile::WriteLocked(std::string_view line) {
  const auto bytes_now = [&]() -> int64_t {
    const std::optional<os::FileFacts> facts = os::Look(descriptor_);
    return facts ? static_cast<int64_t>(facts->bytes) : -1;
  };
  int64_t before = regular_ ? bytes_now() : 0;
  if (before < 0) return Failed("cannot read the file");
  const auto bytes = static_cast<int64_t>(line.size());
  if (regular_ && options_.max_bytes > 0 && before > 0 && before + bytes > options_.max_bytes && bytes > 0) {
    VITRT_RETURN_IF_ERROR(Rotate());
    VITRT_RETURN_IF_ERROR(LockCurrent());
    if ((before = bytes_now()) < 0) return Failed("cannot read the file");
  }
  std::string text;
  char last = '\n';
  if (regular_ && before > 0 && os::ReadAt(descriptor_, &last, 1, static_cast<uint64_t>(before - 1)) == 1 &&
      last != '\n')
    text = "\n";
  if (regular_ && before == 0) text = options_.header;
  text += line;
  if (text.empty()) return {};
  const ptrdiff_t written = os::Write(descriptor_, text.data(), text.size());
  if (written == static_cast<ptrdiff_t>(text.size())) return {};
  if (written >= 0) errno = ENOSPC;  // a short write to a file is a full disk
  Status status = Failed("cannot write to the file");
  const bool ours = regular_ && written > 0 && bytes_now() == before + written;
  if (ours) os::Truncate(descriptor_, static_cast<uint64_t>(before));  // where that fails, the next line begins anew
  return status;
}

// While the lock of the file is held, so that two processes do not rotate it twice.
Status AppendFile::Rotate() {
  const auto numbered = [&](int i) { return i == 0 ? path_ : path_ + "." + std::to_string(i); };
  int oldest = 0;
  while ((options_.keep < 0 || oldest < options_.keep) && IsThere(numbered(oldest))) ++oldest;
  if (oldest == 0 && !os::Remove(path_) && errno != ENOENT) return Failed("cannot rotate the file");
  for (int i = oldest; i > 0; --i) {
    if (!os::Rename(numbered(i - 1), numbered(i)) && errno != ENOENT) {
      return Internal(std::string("cannot rotate the file: ") + std::strerror(errno), numbered(i - 1));
    }
  }
  os::Close(std::exchange(descriptor_, -1));
  return {};
}

FileEnd AppendFile::end() const {
  const std::optional<os::FileFacts> facts = regular_ && descriptor_ >= 0 ? os::Look(descriptor_) : std::nullopt;
  return facts ? FileEnd{facts->inode, facts->bytes} : FileEnd();
}

bool AppendFile::HasLineSince(const FileEnd& since, const std::string& start, const std::string& end) const {
  if (!regular_) return false;
  const fs::path named = os::PathOf(path_);
  const std::string folder = named.has_parent_path() ? os::NameOf(named.parent_path()) : ".";
  const std::string own = os::NameOf(named.filename());
  for (const os::Entry& entry : os::EntriesOf(folder).value_or(std::vector<os::Entry>())) {
    if (!entry.name.starts_with(own)) continue;
    const std::string path = folder + "/" + entry.name;
    const std::optional<os::FileFacts> facts = os::Look(path);
    if (!facts || !facts->regular) continue;
    const bool the_one = facts->inode == since.inode;
    if (!the_one && entry.name != own) continue;
    const bool grown = the_one && facts->bytes >= since.bytes;  // not cut by somebody
    if (HasLine(path, grown ? since.bytes : 0, start, end)) return true;
  }
  return false;
}

}  // namespace vitrt::line

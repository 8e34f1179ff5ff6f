#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "runtime/base/os/file.h"

namespace vitrt::os {
namespace {

FileFacts FactsOf(const struct stat& info) {
  FileFacts facts;
  facts.regular = S_ISREG(info.st_mode);
  facts.folder = S_ISDIR(info.st_mode);
  facts.device = info.st_dev;
  facts.inode = info.st_ino;
  facts.bytes = static_cast<uint64_t>(info.st_size);
  facts.links = info.st_nlink;
  facts.modified_s = info.st_mtim.tv_sec;
  facts.modified_ns = info.st_mtim.tv_nsec;
  facts.changed = std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::seconds(info.st_ctim.tv_sec) + std::chrono::nanoseconds(info.st_ctim.tv_nsec)));
  return facts;
}

}  // namespace

std::optional<FileFacts> Look(const std::string& name) {
  struct stat info;
  return stat(name.c_str(), &info) == 0 ? std::optional(FactsOf(info)) : std::nullopt;
}

std::optional<FileFacts> Look(int descriptor) {
  struct stat info;
  return fstat(descriptor, &info) == 0 ? std::optional(FactsOf(info)) : std::nullopt;
}

std::optional<std::vector<Entry>> EntriesOf(const std::string& folder) {
  struct Closes {
    void operator()(DIR* open) const { closedir(open); }
  };
  const std::unique_ptr<DIR, Closes> open_folder(opendir(folder.c_str()));
  if (!open_folder) return std::nullopt;
  std::vector<Entry> entries;
  errno = 0;
  while (const dirent* entry = readdir(open_folder.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string path = std::string(folder).append("/").append(name);
    const auto facts = Look(path);
    struct stat own;
    const bool link = lstat(path.c_str(), &own) == 0 && S_ISLNK(own.st_mode);
    entries.push_back({name, facts && facts->folder, facts && facts->regular, link});
    errno = 0;
  }
  if (errno != 0) return std::nullopt;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

int Open(const std::string& name, unsigned access) {
  int flags = O_CLOEXEC | ((access & kAppend) == 0 ? O_RDONLY : (access & kRead) == 0 ? O_WRONLY : O_RDWR);
  if ((access & kAppend) != 0) flags |= O_APPEND | O_CREAT;
  if ((access & kPrivate) != 0) flags |= O_NOFOLLOW | O_NONBLOCK;
  return open(name.c_str(), flags, (access & kPrivate) != 0 ? 0600 : 0666);
}

bool Make(const std::string& name) {
  const int descriptor = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor >= 0) close(descriptor);
  return descriptor >= 0;
}

void Close(int descriptor) { close(descriptor); }

ptrdiff_t Read(int descriptor, void* to, size_t bytes) {
  ssize_t got = 0;
  do {
    got = read(descriptor, to, bytes);
  } while (got < 0 && errno == EINTR);
  return got;
}

ptrdiff_t ReadAt(int descriptor, void* to, size_t bytes, uint64_t offset) {
  ssize_t got = 0;
  do {
    got = pread(descriptor, to, bytes, static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  return got;
}

ptrdiff_t Write(int descriptor, const void* from, size_t bytes) {
  ssize_t written = 0;
  do {
    written = write(descriptor, from, bytes);
  } while (written < 0 && errno == EINTR);
  return written;
}

bool Truncate(int descriptor, uint64_t bytes) { return ftruncate(descriptor, static_cast<off_t>(bytes)) == 0; }

int ForAppending(int descriptor) {
  const int second = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (second < 0 || fcntl(second, F_SETFL, O_APPEND) == 0) return second;
  close(second);
  return -1;
}

bool Lock(int descriptor, Wait wait) {
  while (flock(descriptor, wait == Wait::kYes ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

void Unlock(int descriptor) { flock(descriptor, LOCK_UN); }

intptr_t LockFolder(const std::string& name) {
  const int folder = open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -2;
  if (flock(folder, LOCK_EX | LOCK_NB) == 0) return folder;
  const int error = errno;
  close(folder);
  return error == EWOULDBLOCK ? -1 : -2;
}

void Release(intptr_t folder_lock) {
  if (folder_lock >= 0) close(static_cast<int>(folder_lock));
}

bool ReplacesOpenFiles() { return true; }
bool Rename(const std::string& from, const std::string& to) { return rename(from.c_str(), to.c_str()) == 0; }
bool Link(const std::string& from, const std::string& to) { return link(from.c_str(), to.c_str()) == 0; }
bool Remove(const std::string& name) { return unlink(name.c_str()) == 0; }
bool MayMakeFilesIn(const std::string& folder) { return access(folder.c_str(), W_OK | X_OK) == 0; }

}  // namespace vitrt::os

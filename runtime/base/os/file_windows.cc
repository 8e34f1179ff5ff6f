// Descriptors are those of the C library, over handles that allow everybody else everything, as POSIX does.
#include <fcntl.h>
#include <io.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/base/os/windows.h"

namespace vitrt::os {
namespace {

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
// Where a lock lies: behind the end of any file, because whoever holds a lock on bytes is alone in reading them.
constexpr DWORD kLockAt = 0x7fffffff;

bool Fail() {
  errno = ErrnoOf(GetLastError());
  return false;
}

HANDLE HandleOf(int descriptor) { return reinterpret_cast<HANDLE>(_get_osfhandle(descriptor)); }

int64_t Ticks(const FILETIME& time) {  // of 100 ns since 1970
  constexpr int64_t kTicksUntil1970 = 116444736000000000;
  return static_cast<int64_t>(static_cast<uint64_t>(time.dwHighDateTime) << 32 | time.dwLowDateTime) - kTicksUntil1970;
}

std::optional<FileFacts> FactsOf(HANDLE handle) {
  BY_HANDLE_FILE_INFORMATION info;
  if (GetFileType(handle) != FILE_TYPE_DISK) return FileFacts{};
  if (!GetFileInformationByHandle(handle, &info)) {
    Fail();
    return std::nullopt;
  }
  FileFacts facts;
  facts.folder = (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  facts.regular = !facts.folder;
  facts.device = info.dwVolumeSerialNumber;
  facts.inode = static_cast<uint64_t>(info.nFileIndexHigh) << 32 | info.nFileIndexLow;
  facts.bytes = static_cast<uint64_t>(info.nFileSizeHigh) << 32 | info.nFileSizeLow;
  facts.links = info.nNumberOfLinks;
  const int64_t ticks = Ticks(info.ftLastWriteTime);
  facts.modified_s = ticks / 10000000;
  facts.modified_ns = ticks % 10000000 * 100;
  facts.changed = std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::nanoseconds(ticks * 100)));
  return facts;
}

int DescriptorOf(HANDLE handle, int flags) {
  if (handle == INVALID_HANDLE_VALUE) return Fail() ? 0 : -1;
  const int descriptor = _open_osfhandle(reinterpret_cast<intptr_t>(handle), flags | _O_BINARY | _O_NOINHERIT);
  if (descriptor < 0) CloseHandle(handle);
  return descriptor;
}

DWORD Part(size_t bytes) { return static_cast<DWORD>(std::min<size_t>(bytes, INT_MAX)); }

}  // namespace

int ErrnoOf(unsigned long windows_error) {
  switch (windows_error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_NETPATH:
      return ENOENT;
    case ERROR_DIRECTORY:
      return ENOTDIR;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_WRITE_PROTECT:
      return EACCES;
    case ERROR_ALREADY_EXISTS:
    case ERROR_FILE_EXISTS:
      return EEXIST;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
      return ENOSPC;
    case ERROR_NOT_SAME_DEVICE:
      return EXDEV;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
      return ENOMEM;
    case ERROR_FILENAME_EXCED_RANGE:
      return ENAMETOOLONG;
    case ERROR_TOO_MANY_OPEN_FILES:
      return EMFILE;
    default:
      return EIO;
  }
}

std::optional<FileFacts> Look(const std::string& name) {
  const HANDLE handle = CreateFileW(PathOf(name).c_str(), FILE_READ_ATTRIBUTES, kShareAll, nullptr, OPEN_EXISTING,
                                    FILE_FLAG_BACKUP_SEMANTICS, nullptr);  // which folders want
  if (handle == INVALID_HANDLE_VALUE) {
    Fail();
    return std::nullopt;
  }
  std::optional<FileFacts> facts = FactsOf(handle);
  CloseHandle(handle);
  return facts;
}

std::optional<FileFacts> Look(int descriptor) { return FactsOf(HandleOf(descriptor)); }

std::optional<std::vector<Entry>> EntriesOf(const std::string& folder) {
  WIN32_FIND_DATAW found;
  const HANDLE search = FindFirstFileW((PathOf(folder) / L"*").c_str(), &found);
  if (search == INVALID_HANDLE_VALUE) {
    Fail();
    return std::nullopt;
  }
  std::vector<Entry> entries;
  do {
    const std::string name = ToUtf8(found.cFileName);
    if (name == "." || name == "..") continue;
    const bool link = (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    const bool there = !link || Look(folder + "/" + name);
    const bool is_folder = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    entries.push_back({name, there && is_folder, there && !is_folder, link});
  } while (FindNextFileW(search, &found));
  FindClose(search);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

int Open(const std::string& name, unsigned access) {
  const bool append = (access & kAppend) != 0, read = (access & kRead) != 0;
  const DWORD rights = (read ? GENERIC_READ : 0) | (append ? GENERIC_WRITE : 0);
  const std::filesystem::path path = PathOf(name);
  const DWORD attributes = GetFileAttributesW(path.c_str());
  if (attributes != INVALID_FILE_ATTRIBUTES) {
    errno = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? EISDIR : ELOOP;
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return -1;
    if ((access & kPrivate) != 0 && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) return -1;
  }
  return DescriptorOf(CreateFileW(path.c_str(), rights, kShareAll, nullptr, append ? OPEN_ALWAYS : OPEN_EXISTING,
                                  FILE_ATTRIBUTE_NORMAL, nullptr),
                      append ? _O_APPEND : _O_RDONLY);
}

bool Make(const std::string& name) {
  const HANDLE handle =
      CreateFileW(PathOf(name).c_str(), GENERIC_WRITE, kShareAll, nullptr, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
  return handle == INVALID_HANDLE_VALUE ? Fail() : CloseHandle(handle) != 0;
}

void Close(int descriptor) { _close(descriptor); }

ptrdiff_t Read(int descriptor, void* to, size_t bytes) { return _read(descriptor, to, Part(bytes)); }

ptrdiff_t ReadAt(int descriptor, void* to, size_t bytes, uint64_t offset) {
  OVERLAPPED at = {};
  at.Offset = static_cast<DWORD>(offset);
  at.OffsetHigh = static_cast<DWORD>(offset >> 32);
  DWORD got = 0;
  if (ReadFile(HandleOf(descriptor), to, Part(bytes), &got, &at) || GetLastError() == ERROR_HANDLE_EOF) return got;
  return Fail() ? 0 : -1;
}

ptrdiff_t Write(int descriptor, const void* from, size_t bytes) { return _write(descriptor, from, Part(bytes)); }

bool Truncate(int descriptor, uint64_t bytes) { return _chsize_s(descriptor, static_cast<int64_t>(bytes)) == 0; }

int ForAppending(int descriptor) {
  HANDLE second = INVALID_HANDLE_VALUE;
  if (!DuplicateHandle(GetCurrentProcess(), HandleOf(descriptor), GetCurrentProcess(), &second, 0, FALSE,
                       DUPLICATE_SAME_ACCESS)) {
    return Fail() ? 0 : -1;
  }
  return DescriptorOf(second, _O_APPEND);
}

bool Lock(int descriptor, Wait wait) {
  OVERLAPPED at = {};
  at.OffsetHigh = kLockAt;
  const DWORD flags = LOCKFILE_EXCLUSIVE_LOCK | (wait == Wait::kYes ? 0 : LOCKFILE_FAIL_IMMEDIATELY);
  return LockFileEx(HandleOf(descriptor), flags, 0, 1, 0, &at) ? true : Fail();
}

void Unlock(int descriptor) {
  OVERLAPPED at = {};
  at.OffsetHigh = kLockAt;
  UnlockFileEx(HandleOf(descriptor), 0, 1, 0, &at);
}

// Folders know no locks; a named object that lives while somebody holds it stands in for one.
intptr_t LockFolder(const std::string& name) {
  const std::optional<FileFacts> facts = Look(name);
  if (!facts) return -2;
  const HANDLE mutex = CreateMutexW(nullptr, FALSE, ToWide("Global\\vitrt folder " + facts->Identity()).c_str());
  if (mutex == nullptr) return -2;
  if (GetLastError() != ERROR_ALREADY_EXISTS) return reinterpret_cast<intptr_t>(mutex);
  CloseHandle(mutex);
  return -1;
}

void Release(intptr_t folder_lock) {
  if (folder_lock >= 0) CloseHandle(reinterpret_cast<HANDLE>(folder_lock));
}

bool ReplacesOpenFiles() { return false; }

bool Rename(const std::string& from, const std::string& to) {
  const DWORD flags = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
  return MoveFileExW(PathOf(from).c_str(), PathOf(to).c_str(), flags) ? true : Fail();
}

bool Link(const std::string& from, const std::string& to) {
  return CreateHardLinkW(PathOf(to).c_str(), PathOf(from).c_str(), nullptr) ? true : Fail();
}

bool Remove(const std::string& name) { return DeleteFileW(PathOf(name).c_str()) ? true : Fail(); }

// Rights of folders are lists whose sum only the attempt tells.
bool MayMakeFilesIn(const std::string& folder) {
  const std::string trial = folder + "/.vitrt-" + std::to_string(GetCurrentProcessId());
  return Make(trial) && Remove(trial);
}

}  // namespace vitrt::os

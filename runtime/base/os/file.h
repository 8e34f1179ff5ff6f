// What vitrt asks of files beyond reading them from start to end. Functions that fail say why in errno.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrt::os {

struct FileFacts {
  bool regular = false, folder = false;  // neither: a device, a FIFO
  uint64_t device = 0, inode = 0;        // together the identity of a file, whatever its names are
  uint64_t bytes = 0, links = 0;
  int64_t modified_s = 0, modified_ns = 0;
  std::chrono::system_clock::time_point changed;  // modified or, where the system knows of it, renamed

  std::string Identity() const { return std::to_string(device) + " " + std::to_string(inode); }
};

// Links are followed. Nothing: not there, or errno.
std::optional<FileFacts> Look(const std::string& name);
std::optional<FileFacts> Look(int descriptor);

inline bool IsFolder(const std::string& name) {
  const auto facts = Look(name);
  return facts && facts->folder;
}

struct Entry {
  std::string name;                      // in the folder
  bool folder = false, regular = false;  // of what a link leads to
  bool link = false;
};
// What the folder holds, by name. Nothing: errno.
std::optional<std::vector<Entry>> EntriesOf(const std::string& folder);

// How a file is opened; to be combined.
enum Access : unsigned {
  kRead = 1,
  kAppend = 2,   // every write goes to the end; the file is made if it is not there
  kPrivate = 4,  // made for this user only; a link is not followed (ELOOP), a FIFO not waited for
};
// A descriptor that no child process inherits, -1: errno.
int Open(const std::string& name, unsigned access);
// Makes an empty file. Fails where something has the name.
bool Make(const std::string& name);
void Close(int descriptor);

// Bytes read or written, -1: errno. An interruption by a signal is none.
ptrdiff_t Read(int descriptor, void* to, size_t bytes);
ptrdiff_t ReadAt(int descriptor, void* to, size_t bytes, uint64_t offset);
ptrdiff_t Write(int descriptor, const void* from, size_t bytes);
bool Truncate(int descriptor, uint64_t bytes);
// A second descriptor of the same file, whose writes go to the end.
int ForAppending(int descriptor);

// The file's one lock among processes, which reading and writing do not heed; it ends with the descriptor.
enum class Wait { kNo, kYes };
bool Lock(int descriptor, Wait wait);
void Unlock(int descriptor);
// Likewise for a folder: what to Release, -1 where somebody has it, -2 where folders cannot be locked.
intptr_t LockFolder(const std::string& name);
void Release(intptr_t folder_lock);

// False: a file that some process holds open, this one too, cannot be replaced by a rename.
bool ReplacesOpenFiles();
bool Rename(const std::string& from, const std::string& to);  // replaces what has the name `to`
bool Link(const std::string& from, const std::string& to);    // a second name, which must be free
bool Remove(const std::string& name);
bool MayMakeFilesIn(const std::string& folder);

}  // namespace vitrt::os

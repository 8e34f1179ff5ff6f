#include <io.h>
#include <malloc.h>

#include <cerrno>

#include "runtime/base/os/memory.h"
#include "runtime/base/os/windows.h"

namespace vitrt::os {

void* AllocateAligned(size_t alignment, size_t bytes) { return _aligned_malloc(bytes, alignment); }
void FreeAligned(void* memory) { _aligned_free(memory); }
void PreferLargePages(void*, size_t) {}  // they want a privilege that users do not have

void* MapFile(int descriptor, size_t) {
  const auto file = reinterpret_cast<HANDLE>(_get_osfhandle(descriptor));
  const HANDLE mapping = CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  void* memory = mapping == nullptr ? nullptr : MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
  if (memory == nullptr) errno = ErrnoOf(GetLastError());
  if (mapping != nullptr) CloseHandle(mapping);  // the view keeps it
  return memory;
}

void UnmapFile(void* memory, size_t) { UnmapViewOfFile(memory); }

}  // namespace vitrt::os

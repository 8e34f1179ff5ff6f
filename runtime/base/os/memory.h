// Memory by the page.
#pragma once

#include <cstddef>

namespace vitrt::os {

// nullptr: there is none left. `bytes` is a multiple of `alignment`, a power of two.
void* AllocateAligned(size_t alignment, size_t bytes);
void FreeAligned(void* memory);

// Asks for large pages; the system may decline.
void PreferLargePages(void* memory, size_t bytes);

// The file's bytes, shared with other processes and read-only. nullptr: errno.
void* MapFile(int descriptor, size_t bytes);
void UnmapFile(void* memory, size_t bytes);

}  // namespace vitrt::os

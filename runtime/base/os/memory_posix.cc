#include <sys/mman.h>

#include <cstdlib>

#include "runtime/base/os/memory.h"

namespace vitrt::os {

void* AllocateAligned(size_t alignment, size_t bytes) { return std::aligned_alloc(alignment, bytes); }
void FreeAligned(void* memory) { std::free(memory); }
void PreferLargePages(void* memory, size_t bytes) { madvise(memory, bytes, MADV_HUGEPAGE); }

void* MapFile(int descriptor, size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

void UnmapFile(void* memory, size_t bytes) { munmap(memory, bytes); }

}  // namespace vitrt::os

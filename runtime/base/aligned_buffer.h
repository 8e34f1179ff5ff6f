// Owned memory aligned to a cache line: the arena, the scratch, repacked weights, files read into memory. Where it is
// large it is aligned to a huge page and the system is asked for those: rows of a matrix lie a page or so apart.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "runtime/base/checked_math.h"
#include "vitrt/status.h"

namespace vitrt {

class AlignedBuffer {
 public:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kHugePage = size_t{2} << 20;

  AlignedBuffer() = default;

  // Contents are not initialised. Errors: kInternal (memory).
  static Result<AlignedBuffer> Allocate(size_t bytes) {
    AlignedBuffer buffer;
    if (bytes == 0) return buffer;
    const bool large = bytes >= kHugePage / 2;
    const size_t alignment = large ? kHugePage : kAlignment, whole = AlignUp(bytes, alignment);
    void* memory = bytes > SIZE_MAX - alignment ? nullptr : std::aligned_alloc(alignment, whole);
    if (memory == nullptr) return Internal("out of memory", std::to_string(bytes) + " bytes");
    if (large) madvise(memory, whole, MADV_HUGEPAGE);  // advice: a system without them says no, and all is well
    buffer.memory_.reset(static_cast<std::byte*>(memory));
    buffer.bytes_ = bytes;
    return buffer;
  }

  std::byte* data() const { return memory_.get(); }
  size_t size() const { return memory_ ? bytes_ : 0; }
  std::span<std::byte> span() const { return {data(), size()}; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  size_t bytes_ = 0;
};

}  // namespace vitrt

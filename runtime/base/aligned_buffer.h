// Owned memory aligned to a cache line: the arena, the scratch, repacked weights, files read into memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "runtime/base/checked_math.h"
#include "runtime/base/os/memory.h"
#include "vitrt/status.h"

namespace vitrt {

// kHuge asks the system for pages of 2 MB (on Linux by madvise(2), MADV_HUGEPAGE), of which the processor can keep more at hand; it
// may decline, and what is allocated grows to whole ones.
enum class Pages { kNormal, kHuge };

class AlignedBuffer {
 public:
  static constexpr size_t kAlignment = 64;
  static constexpr size_t kHugePage = size_t{2} << 20;

  AlignedBuffer() = default;

  // Contents are not initialised. Errors: kInternal (memory).
  static Result<AlignedBuffer> Allocate(size_t bytes, Pages pages = Pages::kNormal) {
    AlignedBuffer buffer;
    if (bytes == 0) return buffer;
    const size_t unit = pages == Pages::kHuge ? kHugePage : kAlignment;
    void* memory = bytes > SIZE_MAX - unit ? nullptr : os::AllocateAligned(unit, AlignUp(bytes, unit));
    if (memory == nullptr) return Internal("out of memory", std::to_string(bytes) + " bytes");
    if (pages == Pages::kHuge) os::PreferLargePages(memory, AlignUp(bytes, unit));
    buffer.memory_.reset(static_cast<std::byte*>(memory));
    buffer.bytes_ = bytes;
    return buffer;
  }

  std::byte* data() const { return memory_.get(); }
  size_t size() const { return memory_ ? bytes_ : 0; }
  std::span<std::byte> span() const { return {data(), size()}; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { os::FreeAligned(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  size_t bytes_ = 0;
};

}  // namespace vitrt

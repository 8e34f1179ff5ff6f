// Owned memory aligned to a cache line: the arena, the scratch, repacked weights, files read into memory.
#pragma once

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

  AlignedBuffer() = default;

  // Contents are not initialised. Errors: kInternal (memory).
  static Result<AlignedBuffer> Allocate(size_t bytes) {
    AlignedBuffer buffer;
    if (bytes == 0) return buffer;
    void* memory = bytes > SIZE_MAX - kAlignment ? nullptr : std::aligned_alloc(kAlignment, AlignUp(bytes, kAlignment));
    if (memory == nullptr) return Internal("out of memory", std::to_string(bytes) + " bytes");
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

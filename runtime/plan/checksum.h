// The checksum of a plan's section, as plan_format.h defines it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vitrt::plan {

// XXH3 64-bit over the XXH3 64-bit values of the chunks; the same for any number of threads.
uint64_t SectionChecksum(std::span<const std::byte> bytes, int threads);

// XXH3 64-bit of the bytes, for the header.
uint64_t PlainChecksum(std::span<const std::byte> bytes);

}  // namespace vitrt::plan

#include "runtime/plan/checksum.h"

#include <xxhash.h>

#include <algorithm>
#include <vector>

#include "runtime/base/thread_team.h"
#include "runtime/plan/plan_format.h"

namespace vitrt::plan {

uint64_t PlainChecksum(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

uint64_t SectionChecksum(std::span<const std::byte> bytes, int threads) {
  std::vector<uint64_t> chunks((bytes.size() + kChecksumChunk - 1) / kChecksumChunk);
  const auto count = static_cast<int64_t>(chunks.size());
  ThreadTeam team(static_cast<int>(std::min<int64_t>(threads, count)));
  team.For(count, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const size_t offset = static_cast<size_t>(i) * kChecksumChunk;
      chunks[i] = PlainChecksum(bytes.subspan(offset, std::min<size_t>(kChecksumChunk, bytes.size() - offset)));
    }
  });
  return PlainChecksum(std::as_bytes(std::span(chunks)));
}

}  // namespace vitrt::plan

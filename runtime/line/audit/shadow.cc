#include "runtime/line/audit/shadow.h"

#include <xxhash.h>

#include <cmath>
#include <cstdio>

namespace vitrt::audit {

uint64_t ImageHash(std::span<const std::byte> file) { return XXH3_64bits(file.data(), file.size()); }

std::string HashText(uint64_t hash) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

bool InSample(uint64_t image_hash, double share) { return std::ldexp(static_cast<double>(image_hash), -64) < share; }

}  // namespace vitrt::audit

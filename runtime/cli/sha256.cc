#include "runtime/cli/sha256.h"

// sha2.h of libmd needs the integer types.
#include <sys/types.h>
// clang-format off
#include <stdint.h>
#include <sha2.h>
// clang-format on

namespace vitrt::cli {

std::string Sha256(std::span<const std::byte> bytes) {
  char text[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), text);
  return text;
}

}  // namespace vitrt::cli

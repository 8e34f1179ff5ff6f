#include "runtime/digest/sha256.h"

// sha2.h of libmd needs the integer types.
// clang-format off
#include <stdint.h>
#include <sys/types.h>
#include <sha2.h>
// clang-format on

#include <fstream>

#include "runtime/base/os/path.h"

namespace vitrt {

std::string Sha256(std::span<const std::byte> bytes) {
  char text[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), text);
  return text;
}

Result<std::string> Sha256OfFiles(const std::vector<std::string>& paths) {
  SHA2_CTX context;
  SHA256Init(&context);
  std::vector<unsigned char> block(1 << 20);
  for (const std::string& path : paths) {
    std::ifstream file(os::PathOf(path), std::ios::binary);
    if (!file) return BadPlan("cannot read the file", path);
    do {
      file.read(reinterpret_cast<char*>(block.data()), static_cast<std::streamsize>(block.size()));
      SHA256Update(&context, block.data(), static_cast<size_t>(file.gcount()));
    } while (file);
    if (file.bad()) return BadPlan("cannot read the file", path);
  }
  char text[SHA256_DIGEST_STRING_LENGTH];
  return std::string(SHA256End(&context, text));
}

}  // namespace vitrt

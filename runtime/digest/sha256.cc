#include "runtime/digest/sha256.h"

// sha2.h of libmd needs the integer types.
// clang-format off
#include <stdint.h>
#include <sys/types.h>
#include <sha2.h>
// clang-format on

#include <cstdio>
#include <memory>

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
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    if (file == nullptr) return BadPlan("cannot read the file", path);
    while (const size_t n = std::fread(block.data(), 1, block.size(), file.get())) {
      SHA256Update(&context, block.data(), n);
    }
    if (std::ferror(file.get()) != 0) return BadPlan("cannot read the file", path);
  }
  char text[SHA256_DIGEST_STRING_LENGTH];
  return std::string(SHA256End(&context, text));
}

}  // namespace vitrt

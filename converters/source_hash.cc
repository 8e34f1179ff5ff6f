#include "converters/source_hash.h"

#include <openssl/evp.h>

#include <cstdio>
#include <memory>

namespace vitrt::convert {

Result<std::string> HashFiles(const std::vector<std::string>& paths) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return Internal("SHA-256 is not available");
  std::vector<unsigned char> block(1 << 20);
  for (const std::string& path : paths) {
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    if (file == nullptr) return BadPlan("cannot read the file", path);
    while (const size_t n = std::fread(block.data(), 1, block.size(), file.get())) {
      if (EVP_DigestUpdate(context.get(), block.data(), n) != 1) return Internal("SHA-256 failed", path);
    }
    if (std::ferror(file.get()) != 0) return BadPlan("cannot read the file", path);
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context.get(), digest, &size) != 1) return Internal("SHA-256 failed");
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    char byte[3];
    std::snprintf(byte, sizeof(byte), "%02x", digest[i]);
    hex += byte;
  }
  return hex;
}

}  // namespace vitrt::convert

#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace vitrt::cli {

// Lower-case hex of the SHA-256 of `bytes` (FIPS 180-4).
std::string Sha256(std::span<const std::byte> bytes);

}  // namespace vitrt::cli

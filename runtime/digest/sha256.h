// SHA-256 (FIPS 180-4): what plans, models and data sets are recognised by.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "vitrt/status.h"

namespace vitrt {

// Lower-case hex of the digest of `bytes`.
std::string Sha256(std::span<const std::byte> bytes);

// The same of the files' bytes, one after the other. Errors: kBadPlan (a file cannot be read).
Result<std::string> Sha256OfFiles(const std::vector<std::string>& paths);

}  // namespace vitrt

// Files appear complete or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "vitrt/status.h"

namespace vitrt::line {

// Writes a temporary file beside `path`, flushes it to the disk and renames it. Errors: kInternal, nothing is left
// behind.
Status WriteFile(const std::string& path, std::span<const std::byte> bytes);

}  // namespace vitrt::line

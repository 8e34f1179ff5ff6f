// Files appear complete or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "vitrt/status.h"

namespace vitrt::line {

// By way of a PendingFile (pending_file.h). Errors: kInternal; what was there stays, and nothing is left behind.
Status WriteFile(const std::string& path, std::span<const std::byte> bytes);

}  // namespace vitrt::line

// Puts the file around the tables and weights of a plan: header, padding, checksums.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "vitrt/status.h"

namespace vitrt::plan {

// Writes `path` in full or not at all: the bytes go to a temporary file in the same folder, which is synced and
// renamed. tables: a finished FlatBuffer, root Plan. weights: the weight section. written_by: at most 23 characters.
// Errors: kInternal (cannot write), kInvalidArgument (sizes).
Status WritePlanFile(std::span<const std::byte> tables, std::span<const std::byte> weights, std::string_view written_by,
                     const std::string& path);

}  // namespace vitrt::plan

// Puts the file around the tables and weights of a plan: header, padding, checksums.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/pending_file.h"
#include "vitrt/status.h"

namespace vitrt::plan {

// tables: a finished FlatBuffer, root Plan. weights: the weight section. written_by: at most 23 characters. Errors:
// kInternal (cannot write), kInvalidArgument (sizes).
Status WritePlan(std::span<const std::byte> tables, std::span<const std::byte> weights, std::string_view written_by,
                 PendingFile* file);

// The same into `path`, in full or not at all (pending_file.h).
Status WritePlanFile(std::span<const std::byte> tables, std::span<const std::byte> weights, std::string_view written_by,
                     const std::string& path);

}  // namespace vitrt::plan

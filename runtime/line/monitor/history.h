// What a log of `--log` holds, its rotated older parts included.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "runtime/line/audit/record.h"
#include "vitrt/status.h"

namespace vitrt::monitor {

struct History {
  std::vector<audit::Record> answers;  // in the order of writing; `plan`, `options` and `image_xxh3` left empty
  std::set<std::string> plans;         // hashes
  int64_t refused = 0;                 // images that could not be answered
  int64_t bad_lines = 0;               // not records: cut short by a kill or a full disk
};

// Its files, as far as they exist, oldest first: PATH.9, ..., PATH.1, PATH.
std::vector<std::string> PartsOf(const std::string& path);

// Reads PATH.9, ..., PATH.1 and PATH, as far as they exist. Errors: kBadInput (PATH cannot be read, or no line of it is
// a record).
Result<History> ReadHistory(const std::string& path);

}  // namespace vitrt::monitor

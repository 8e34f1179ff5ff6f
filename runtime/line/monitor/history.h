// What a log of `--log` holds, its rotated older parts included.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "runtime/line/audit/record.h"
#include "vitrt/status.h"

namespace vitrt::monitor {

struct History {
  std::vector<audit::Record> records;  // in the order of writing; without plans, options and each exit's prediction
  std::set<std::string> plans;         // hashes
  size_t last_plan_from = 0;           // index of the first record of the last plan
  int64_t refused = 0;                 // images that could not be classified
  int64_t bad_lines = 0;               // not records: cut short by a kill or a full disk
};

// Its files, as far as they exist, oldest first: PATH.9, ..., PATH.1, PATH.
std::vector<std::string> PartsOf(const std::string& path);

// Hands every record of PATH.9, ..., PATH.1 and PATH, as far as they exist, to `take`, until that gives an error.
// Returns the number of lines that are no records: cut short by a kill or a full disk. Errors: kBadInput (PATH cannot
// be read); those of `take`.
Result<int64_t> ReadRecords(const std::string& path, const std::function<Status(audit::Record&&)>& take);

// Reads PATH.9, ..., PATH.1 and PATH, as far as they exist. Errors: kBadInput (PATH cannot be read, or no line of it is
// a record).
Result<History> ReadHistory(const std::string& path);

}  // namespace vitrt::monitor

// SHA-256 of a model as it lies on disk.
#pragma once

#include <string>
#include <vector>

#include "vitrt/status.h"

namespace vitrt::convert {

// Lower-case hex of the SHA-256 of the files' bytes, one after the other. Errors: kBadPlan (a file cannot be read).
Result<std::string> HashFiles(const std::vector<std::string>& paths);

}  // namespace vitrt::convert

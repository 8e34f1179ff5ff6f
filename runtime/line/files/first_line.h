// Secrets come from files, because every user of the machine can read command lines.
#pragma once

#include <string>

#include "vitrt/status.h"

namespace vitrt::line {

// The first line of the file, without its end. Errors: kInvalidArgument (no such file, an empty first line, one
// of more than kMostTextBytes).
Result<std::string> FirstLine(const std::string& path);

}  // namespace vitrt::line

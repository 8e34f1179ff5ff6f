// Secrets come from files: what stands on a command line can be read by everybody on the machine.
#pragma once

#include <string>

#include "vitrt/status.h"

namespace vitrt::line {

// The first line of the file, without its end. Errors: kInvalidArgument (no such file, or an empty first line).
Result<std::string> FirstLine(const std::string& path);

}  // namespace vitrt::line

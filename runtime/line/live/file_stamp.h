// Detects that a path names another file than before.
#pragma once

#include <string>

namespace vitrt::line {

// Inode, size and time of change of the file; "" where there is none.
std::string FileStamp(const std::string& path);

}  // namespace vitrt::line

#include "runtime/line/files/first_line.h"

#include <fstream>

#include "runtime/base/os/path.h"

namespace vitrt::line {

Result<std::string> FirstLine(const std::string& path) {
  std::ifstream file(os::PathOf(path));
  std::string line;
  if (!std::getline(file, line) || line.empty())
    return InvalidArgument("the file holds no text in its first line", path);
  return line;
}

}  // namespace vitrt::line

#include "runtime/line/files/first_line.h"

#include "runtime/base/check.h"
#include "runtime/base/small_text.h"

namespace vitrt::line {

Result<std::string> FirstLine(const std::string& path) {
  VITRT_ASSIGN_OR_RETURN(std::string line, ReadSmallText(path, "the file", Until::kLine));
  if (line.ends_with('\n')) line.pop_back();
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return InvalidArgument("the file holds no text in its first line", path);
  return line;
}

}  // namespace vitrt::line

#include "runtime/line/live/file_stamp.h"

#include "runtime/base/os/file.h"

namespace vitrt::line {

std::string FileStamp(const std::string& path) {
  const std::optional<os::FileFacts> facts = os::Look(path);
  if (!facts) return {};
  return std::to_string(facts->inode) + " " + std::to_string(facts->bytes) + " " + std::to_string(facts->modified_s) +
         " " + std::to_string(facts->modified_ns);
}

}  // namespace vitrt::line

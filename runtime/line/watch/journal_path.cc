#include <xxhash.h>

#include <cstdio>
#include <filesystem>

#include "runtime/base/os/path.h"
#include "runtime/line/files/state_folder.h"
#include "runtime/line/watch/journal.h"

namespace vitrt::watch {

namespace fs = std::filesystem;

Result<std::string> DefaultJournalPath(const std::string& folder) {
  std::error_code error;
  const fs::path real = fs::canonical(os::PathOf(folder), error);
  if (error) return BadInput("cannot watch the folder: " + error.message(), folder);
  const std::string path = os::NameOf(real);
  char name[32];
  std::snprintf(name, sizeof name, "watch-%016llx",
                static_cast<unsigned long long>(XXH3_64bits(path.data(), path.size())));
  return line::StatePath(name, "--journal");
}

}  // namespace vitrt::watch

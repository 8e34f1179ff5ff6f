#include <xxhash.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "runtime/line/watch/journal.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// STATE_DIRECTORY (systemd's StateDirectory=) may name several; the first is taken.
std::string StateFolder() {
  if (const std::string own = Environment("STATE_DIRECTORY"); !own.empty()) return own.substr(0, own.find(':'));
  if (const std::string state = Environment("XDG_STATE_HOME"); !state.empty()) return state + "/vitrt";
  if (const std::string home = Environment("HOME"); !home.empty()) return home + "/.local/state/vitrt";
  return {};
}

}  // namespace

Result<std::string> DefaultJournalPath(const std::string& folder) {
  const std::string state = StateFolder();
  if (state.empty()) {
    return InvalidArgument("no place for the journal: HOME and XDG_STATE_HOME are not set", "--journal",
                           "give --journal FILE, outside the watched folder");
  }
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (error) return BadInput("cannot watch the folder: " + error.message(), folder);
  fs::create_directories(state, error);
  if (error) return Internal("cannot make the folder of the journal: " + error.message(), state, "--journal FILE");
  const std::string path = real.string();
  char name[32];
  std::snprintf(name, sizeof name, "watch-%016llx",
                static_cast<unsigned long long>(XXH3_64bits(path.data(), path.size())));
  return state + "/" + name;
}

}  // namespace vitrt::watch

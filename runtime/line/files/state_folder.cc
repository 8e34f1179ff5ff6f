#include "runtime/line/files/state_folder.h"

#include <cstdlib>
#include <filesystem>

#include "runtime/base/os/path.h"

namespace vitrt::line {
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
  if (const std::string local = Environment("LOCALAPPDATA"); !local.empty()) return local + "/vitrt";  // of Windows
  return {};
}

}  // namespace

Result<std::string> StatePath(const std::string& name, const std::string& option) {
  const std::string state = StateFolder();
  if (state.empty()) {
    return InvalidArgument("no state folder: HOME and XDG_STATE_HOME are not set", option, "give " + option + " FILE");
  }
  std::error_code error;
  fs::create_directories(os::PathOf(state), error);
  if (error) return Internal("cannot make the state folder: " + error.message(), state, option + " FILE");
  return state + "/" + name;
}

}  // namespace vitrt::line

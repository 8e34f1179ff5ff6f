#include "runtime/base/os/path.h"

namespace vitrt::os {

std::filesystem::path PathOf(std::string_view name) { return name; }

std::string NameOf(const std::filesystem::path& path) { return path.string(); }

std::string_view ForbiddenInNames() { return "/"; }

}  // namespace vitrt::os

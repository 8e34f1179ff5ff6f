#include "runtime/line/files/same_file.h"

#include <filesystem>
#include <map>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/base/pending_file.h"

namespace vitrt::line {
namespace {

// Device and inode of what is there; of what is not, those of its folder, and its name. "": nobody's.
std::string IdentityOf(const std::string& path) {
  if (const auto file = os::Look(path)) return file->regular ? file->Identity() : "";
  const std::filesystem::path target = os::PathOf(FollowLinks(path));
  const auto folder = os::Look(target.has_parent_path() ? os::NameOf(target.parent_path()) : ".");
  return folder ? folder->Identity() + " " + os::NameOf(target.filename()) : "";
}

}  // namespace

Status CheckOutputs(std::span<const NamedFile> inputs, std::span<const OutputFile> outputs) {
  std::map<std::string, const OutputFile*> taken;
  for (const OutputFile& output : outputs) {
    if (output.path.empty()) continue;
    const std::string identity = IdentityOf(output.path);
    if (identity.empty()) continue;
    const auto [at, is_new] = taken.emplace(identity, &output);
    if (!is_new) return InvalidArgument(output.role + " and " + at->second->role + " are one file", output.path);
  }
  for (const NamedFile& input : inputs) {
    if (taken.empty() || input.path.empty()) continue;
    const auto at = taken.find(IdentityOf(input.path));
    if (at == taken.end()) continue;
    return InvalidArgument(at->second->role + " would overwrite " + input.role, at->second->path,
                           at->second->path == input.path ? "" : "it is the same file as " + input.path);
  }
  for (const OutputFile& output : outputs) {
    if (!output.path.empty() && output.kind != nullptr) VITRT_RETURN_IF_ERROR(CheckKind(output.path, *output.kind));
  }
  return {};
}

}  // namespace vitrt::line

#include "runtime/line/files/same_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "runtime/base/check.h"
#include "runtime/base/pending_file.h"

namespace vitrt::line {
namespace {

// Device and inode of what is there; of what is not, those of its folder, and its name. "": nobody's.
std::string IdentityOf(const std::string& path) {
  const auto text = [](const struct stat& s) { return std::to_string(s.st_dev) + " " + std::to_string(s.st_ino); };
  struct stat file;
  if (stat(path.c_str(), &file) == 0) return S_ISREG(file.st_mode) ? text(file) : "";
  const std::string target = FollowLinks(path);
  const size_t slash = target.rfind('/');
  const std::string folder = slash == target.npos ? "." : target.substr(0, slash + 1);
  if (stat(folder.c_str(), &file) != 0) return {};
  return text(file) + " " + (slash == target.npos ? target : target.substr(slash + 1));
}

}  // namespace

Status CheckOutputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs) {
  std::map<std::string, const NamedFile*> taken;
  for (const NamedFile& output : outputs) {
    if (output.path.empty()) continue;
    const std::string identity = IdentityOf(output.path);
    if (identity.empty()) continue;
    const auto [at, is_new] = taken.emplace(identity, &output);
    if (!is_new) return InvalidArgument(output.role + " and " + at->second->role + " are one file", output.path);
  }
  if (taken.empty()) return {};
  for (const NamedFile& input : inputs) {
    if (input.path.empty()) continue;
    const auto at = taken.find(IdentityOf(input.path));
    if (at == taken.end()) continue;
    return InvalidArgument(at->second->role + " would overwrite " + input.role, at->second->path,
                           at->second->path == input.path ? "" : "it is the same file as " + input.path);
  }
  return {};
}

Status CheckKind(const std::string& path, const FileKind& kind) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return {};
  std::ifstream file(path, std::ios::binary);
  std::string start(std::min(kind.start.size(), static_cast<size_t>(info.st_size)), '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (file && kind.start.starts_with(start)) return {};
  return InvalidArgument("the file is there and is not " + kind.what, path, "give another name, or move the file away");
}

}  // namespace vitrt::line

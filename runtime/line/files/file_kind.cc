#include "runtime/line/files/file_kind.h"

#include <algorithm>
#include <fstream>

#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"

namespace vitrt::line {
namespace {

// Whether `part` stands at `at`, as far as the file goes.
bool Holds(std::string_view file, std::string_view part, size_t at) {
  return at >= file.size() || part.starts_with(file.substr(at, part.size()));
}

}  // namespace

Status CheckKind(const std::string& path, const FileKind& kind) {
  const auto facts = os::Look(path);
  if (!facts || !facts->regular || facts->bytes == 0) return {};
  const size_t looked_at = std::max(kind.start.size(), kind.mark_at + kind.mark.size());
  std::string start(std::min<uint64_t>(looked_at, facts->bytes), '\0');
  std::ifstream file(os::PathOf(path), std::ios::binary);
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (file && Holds(start, kind.start, 0) && Holds(start, kind.mark, kind.mark_at)) return {};
  return InvalidArgument(std::string("the file is there and is not ") + kind.what, path,
                         "give another name, or move the file away");
}

}  // namespace vitrt::line

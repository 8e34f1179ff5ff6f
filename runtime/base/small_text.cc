#include "runtime/base/small_text.h"

#include <cerrno>
#include <cstring>

#include "runtime/base/os/file.h"

namespace vitrt {
namespace {

constexpr size_t kPartBytes = size_t{1} << 14;

std::string MostText() { return std::to_string(kMostTextBytes >> 20) + " MiB"; }

}  // namespace

Result<std::string> ReadSmallText(const std::string& path, const std::string& what, Until until) {
  const auto failed = [&] { return InvalidArgument("cannot read " + what + ": " + std::strerror(errno), path); };
  const int descriptor = os::Open(path, os::kRead);
  if (descriptor < 0) return failed();
  std::string text;
  Status status;
  char part[kPartBytes];
  for (ptrdiff_t got; status.ok() && (got = os::Read(descriptor, part, sizeof part)) != 0;) {
    if (got < 0) {
      status = failed();
      break;
    }
    text.append(part, static_cast<size_t>(got));
    if (text.size() > kMostTextBytes) {
      status = InvalidArgument("cannot read " + what + ": more than " + MostText(), path, "is this the right file?");
    }
    const char* end =
        until == Until::kLine ? static_cast<const char*>(std::memchr(part, '\n', static_cast<size_t>(got))) : nullptr;
    if (end == nullptr) continue;
    text.resize(text.size() - static_cast<size_t>(part + got - end) + 1);
    break;
  }
  os::Close(descriptor);
  if (!status.ok()) return status;
  return text;
}

Result<bool> NextLine(std::istream* from, std::string* line) {
  line->clear();
  char part[kPartBytes];
  while (line->size() <= kMostTextBytes) {
    from->getline(part, sizeof part);  // stores a NUL more than it counts, and counts the line's end that it drops
    const bool whole = !from->fail(), has_end = whole && !from->eof();
    line->append(part, static_cast<size_t>(from->gcount()) - (has_end ? 1 : 0));
    if (whole) return true;
    if (from->eof() || from->bad()) return !line->empty();
    from->clear();  // the part was full
  }
  return BadInput("a line of more than " + MostText());
}

}  // namespace vitrt

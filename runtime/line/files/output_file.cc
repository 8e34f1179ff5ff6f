#include "runtime/line/files/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace vitrt::line {
namespace {

Status CannotWrite(const std::string& path, int error) {
  return Internal(std::string("cannot write the file: ") + std::strerror(error), path);
}

// 0 or errno.
int WriteAll(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
}

}  // namespace

Status WriteFile(const std::string& path, std::span<const std::byte> bytes) {
  struct stat existing;
  if (stat(path.c_str(), &existing) == 0 && !S_ISREG(existing.st_mode)) {
    return CannotWrite(path, S_ISDIR(existing.st_mode) ? EISDIR : ENOTSUP);
  }
  std::string temporary = path + ".XXXXXX";
  const int descriptor = mkstemp(temporary.data());
  if (descriptor < 0) return CannotWrite(path, errno);
  int error = WriteAll(descriptor, bytes);
  const mode_t mask = umask(0);
  umask(mask);
  if (error == 0 && fchmod(descriptor, 0666 & ~mask) != 0) error = errno;  // mkstemp makes it private
  if (close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  unlink(temporary.c_str());
  return CannotWrite(path, error);
}

}  // namespace vitrt::line

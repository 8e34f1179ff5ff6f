#include "runtime/line/watch/results.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/base/check.h"

namespace vitrt::watch {
namespace {

Status Failed(const char* what, const std::string& path) {
  return Internal(std::string(what) + ": " + std::strerror(errno), path);
}

}  // namespace

Result<Results> Results::Open(const std::string& json_path, const std::string& csv_path, const std::string& csv_header,
                              const Extents& journaled) {
  Results results;
  VITRT_RETURN_IF_ERROR(results.OpenOne(0, json_path, journaled[0]));
  VITRT_RETURN_IF_ERROR(results.OpenOne(1, csv_path, journaled[1]));
  if (results.descriptors_[1] >= 0 && results.extents_[1].bytes == 0) {
    VITRT_RETURN_IF_ERROR(results.AppendTo(1, csv_header));
  }
  return results;
}

Status Results::OpenOne(size_t i, const std::string& path, const Extent& journaled) {
  paths_[i] = path;
  if (path.empty()) return {};
  descriptors_[i] = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  struct stat info;
  if (descriptors_[i] < 0 || fstat(descriptors_[i], &info) != 0) return Failed("cannot open the file", path);
  extents_[i] = {info.st_ino, static_cast<uint64_t>(info.st_size)};
  if (info.st_ino != journaled.inode || extents_[i].bytes <= journaled.bytes) return {};
  if (ftruncate(descriptors_[i], static_cast<off_t>(journaled.bytes)) != 0) return Failed("cannot mend the file", path);
  extents_[i].bytes = journaled.bytes;
  return {};
}

Results::Results(Results&& other) noexcept
    : paths_(std::move(other.paths_)),
      descriptors_(std::exchange(other.descriptors_, {-1, -1})),
      extents_(other.extents_) {}

Results::~Results() {
  for (const int descriptor : descriptors_) {
    if (descriptor >= 0) close(descriptor);
  }
}

Status Results::AppendTo(size_t i, const std::string& line) {
  const ssize_t written = write(descriptors_[i], line.data(), line.size());
  if (written > 0) extents_[i].bytes += static_cast<uint64_t>(written);
  if (written == static_cast<ssize_t>(line.size())) return {};
  if (written >= 0) errno = ENOSPC;
  return Failed("cannot write the answers", paths_[i]);
}

Status Results::Append(const std::string& json_line, const std::string& csv_line) {
  if (descriptors_[0] >= 0) VITRT_RETURN_IF_ERROR(AppendTo(0, json_line));
  if (descriptors_[1] >= 0) VITRT_RETURN_IF_ERROR(AppendTo(1, csv_line));
  return {};
}

void Results::TakeBack(const Extents& before) {
  for (size_t i = 0; i < descriptors_.size(); ++i) {
    if (descriptors_[i] >= 0 && ftruncate(descriptors_[i], static_cast<off_t>(before[i].bytes)) == 0) {
      extents_[i] = before[i];
    }
  }
}

}  // namespace vitrt::watch

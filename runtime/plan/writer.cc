#include "runtime/plan/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/base/checked_math.h"
#include "runtime/base/cpus.h"
#include "runtime/plan/checksum.h"
#include "runtime/plan/plan_format.h"

namespace vitrt::plan {
namespace {

// A file beside `path` that becomes `path` on Commit and vanishes otherwise.
class PendingFile {
 public:
  explicit PendingFile(const std::string& path)
      : path_(path),
        temporary_(path + ".tmp-" + std::to_string(getpid())),
        fd_(open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {}
  ~PendingFile() {
    if (fd_ < 0) return;
    close(fd_);
    unlink(temporary_.c_str());
  }
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  Status Write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t put = fd_ < 0 ? -1 : write(fd_, bytes.data(), bytes.size());
      if (put < 0 && fd_ >= 0 && errno == EINTR) continue;
      if (put < 0) return Failed();
      bytes = bytes.subspan(static_cast<size_t>(put));
    }
    return {};
  }

  Status Commit() {
    if (fsync(fd_) != 0 || rename(temporary_.c_str(), path_.c_str()) != 0) return Failed();
    close(fd_);
    fd_ = -1;
    return {};
  }

 private:
  Status Failed() const { return Internal(std::string("cannot write: ") + std::strerror(errno), path_); }

  std::string path_, temporary_;
  int fd_;
};

Status WriteZeros(PendingFile& file, uint64_t count) {
  static constexpr std::byte kZeros[kWeightsAlignment] = {};
  for (; count > 0; count -= std::min<uint64_t>(count, sizeof kZeros)) {
    VITRT_RETURN_IF_ERROR(file.Write(std::span(kZeros).first(std::min<uint64_t>(count, sizeof kZeros))));
  }
  return {};
}

Section Describe(SectionKind kind, uint64_t offset, std::span<const std::byte> bytes) {
  return {kind, 0, offset, bytes.size(), SectionChecksum(bytes, DefaultThreads())};
}

}  // namespace

Status WritePlanFile(std::span<const std::byte> tables, std::span<const std::byte> weights, std::string_view written_by,
                     const std::string& path) {
  PlanHeader header = {};
  if (written_by.size() >= sizeof header.written_by)
    return InvalidArgument("the writer's name is too long", std::string(written_by));
  const uint64_t tables_offset = AlignUp(sizeof header, kTablesAlignment);
  const uint64_t weights_offset = AlignUp(tables_offset + tables.size(), kWeightsAlignment);

  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format_major = kFormatMajor;
  header.format_minor = kFormatMinor;
  header.header_bytes = sizeof header;
  header.section_count = 2;
  header.file_bytes = weights_offset + weights.size();
  std::memcpy(header.written_by, written_by.data(), written_by.size());
  header.sections[0] = Describe(SectionKind::kTables, tables_offset, tables);
  header.sections[1] = Describe(SectionKind::kWeights, weights_offset, weights);
  const auto header_bytes = std::as_bytes(std::span(&header, 1));
  header.header_checksum = PlainChecksum(header_bytes.first(offsetof(PlanHeader, header_checksum)));

  PendingFile file(path);
  VITRT_RETURN_IF_ERROR(file.Write(header_bytes));
  VITRT_RETURN_IF_ERROR(WriteZeros(file, tables_offset - sizeof header));
  VITRT_RETURN_IF_ERROR(file.Write(tables));
  VITRT_RETURN_IF_ERROR(WriteZeros(file, weights_offset - tables_offset - tables.size()));
  VITRT_RETURN_IF_ERROR(file.Write(weights));
  return file.Commit();
}

}  // namespace vitrt::plan

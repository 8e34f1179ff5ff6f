#include "runtime/line/sinks/backlog.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/pending_file.h"
#include "runtime/line/files/same_file.h"

namespace vitrt::sinks {
namespace {

constexpr char kFirstLine[] = "vitrt-backlog 1\n";
constexpr uint64_t kFirstBytes = sizeof kFirstLine - 1;
constexpr uint64_t kMinCompactBytes = 1 << 20;  // shorter files are not worth writing anew
constexpr char kAcknowledged[] = "+\n";

}  // namespace

Result<Backlog> Backlog::Open(const std::string& path, int64_t max_bytes) {
  Backlog backlog;
  backlog.path_ = path;
  backlog.max_bytes_ = static_cast<uint64_t>(max_bytes);
  VITRT_RETURN_IF_ERROR(line::CheckKind(path, line::kinds::kBacklog));
  backlog.descriptor_ = open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  struct stat info;
  if (backlog.descriptor_ < 0) {
    return errno == ELOOP ? InvalidArgument("the backlog is a symbolic link", path, "name the file itself")
                          : backlog.Failed("cannot open the backlog");
  }
  if (fstat(backlog.descriptor_, &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink != 1) {
    return InvalidArgument("the backlog is no regular file with one name", path);
  }
  if (flock(backlog.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    return Internal("the backlog is in use", path, "give each vitrt that sends to this topic --mqtt-backlog FILE");
  }
  VITRT_RETURN_IF_ERROR(backlog.Load());
  return backlog;
}

Backlog::Backlog(Backlog&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      max_bytes_(other.max_bytes_),
      size_(other.size_),
      kept_bytes_(other.kept_bytes_),
      held_(other.held_),
      dropped_(other.dropped_),
      entries_(std::move(other.entries_)) {}

Backlog::~Backlog() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status Backlog::Failed(const char* what) const {
  return Internal(std::string(what) + ": " + std::strerror(errno), path_);
}

// What follows the last line feed was cut short by a kill.
Status Backlog::Load() {
  std::ifstream file(path_, std::ios::binary);
  std::string line;
  if (!std::getline(file, line) || file.eof()) {
    if (ftruncate(descriptor_, 0) != 0) return Failed("cannot write the backlog");
    return Write(kFirstLine);
  }
  size_ = line.size() + 1;
  while (std::getline(file, line) && !file.eof()) {
    const Entry entry{size_, line.size() + 1};
    size_ += entry.bytes;
    if (line == "+" && !entries_.empty()) {
      kept_bytes_ -= entries_.front().bytes;
      entries_.pop_front();
    } else if (line.find('\t') != line.npos) {
      kept_bytes_ += entry.bytes;
      entries_.push_back(entry);
    }
  }
  if (ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) return Failed("cannot write the backlog");
  return {};
}

Status Backlog::Write(std::string_view line) {
  ssize_t written = 0;
  do {
    written = write(descriptor_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(line.size())) {
    size_ += line.size();
    return {};
  }
  if (written >= 0) errno = ENOSPC;  // a short write to a file is a full disk
  Status status = Failed("cannot write the backlog");
  if (written > 0 && ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) return Failed("cannot repair the backlog");
  return status;
}

Status Backlog::Push(const Message& message) {
  const std::string line = message.topic + '\t' + message.payload + '\n';
  VITRT_RETURN_IF_ERROR(MakeRoom(line.size()));
  const uint64_t offset = size_;
  VITRT_RETURN_IF_ERROR(Write(line));
  entries_.push_back({offset, line.size()});
  kept_bytes_ += line.size();
  return {};
}

// Drops the oldest, a tenth of the whole at once, so that a full backlog is not written anew for each message.
Status Backlog::MakeRoom(uint64_t bytes) {
  if (kept_bytes_ + bytes <= max_bytes_) return {};
  const uint64_t wanted = max_bytes_ - std::min(max_bytes_, max_bytes_ / 10 + bytes);
  const auto first = entries_.begin() + static_cast<ptrdiff_t>(std::min(held_, entries_.size()));
  auto last = first;
  for (; last != entries_.end() && kept_bytes_ > wanted; ++last) kept_bytes_ -= last->bytes;
  dropped_ += last - first;
  entries_.erase(first, last);
  return Compact();
}

Result<std::string> Backlog::LineOf(const Entry& entry) const {
  std::string line(entry.bytes, '\0');
  const ssize_t read = pread(descriptor_, line.data(), line.size(), static_cast<off_t>(entry.offset));
  if (read != static_cast<ssize_t>(line.size())) return Failed("cannot read the backlog");
  return line;
}

Result<Message> Backlog::At(size_t i) const {
  VITRT_ASSIGN_OR_RETURN(const std::string line, LineOf(entries_[i]));
  const size_t tab = line.find('\t');
  return Message{line.substr(0, tab), line.substr(tab + 1, line.size() - tab - 2)};
}

Status Backlog::Pop() {
  kept_bytes_ -= entries_.front().bytes;
  entries_.pop_front();
  held_ -= held_ > 0;
  if (entries_.empty()) {
    if (ftruncate(descriptor_, static_cast<off_t>(kFirstBytes)) != 0) return Failed("cannot write the backlog");
    size_ = kFirstBytes;
    return {};
  }
  VITRT_RETURN_IF_ERROR(Write(kAcknowledged));
  return size_ > kMinCompactBytes && size_ > 2 * (kFirstBytes + kept_bytes_) ? Compact() : Status();
}

// A new file takes the old one's place at once; it is locked before it has the name.
Status Backlog::Compact() {
  VITRT_ASSIGN_OR_RETURN(PendingFile file, PendingFile::Create(path_));
  std::deque<Entry> entries;
  uint64_t size = 0;
  const auto write = [&](const std::string& line) { return file.Write(std::as_bytes(std::span(line))); };
  VITRT_RETURN_IF_ERROR(write(kFirstLine));
  size = kFirstBytes;
  for (const Entry& entry : entries_) {
    VITRT_ASSIGN_OR_RETURN(const std::string line, LineOf(entry));
    VITRT_RETURN_IF_ERROR(write(line));
    entries.push_back({size, entry.bytes});
    size += entry.bytes;
  }
  const int descriptor = fcntl(file.descriptor(), F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) return Failed("cannot rewrite the backlog");
  Status status;
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 || fcntl(descriptor, F_SETFL, O_APPEND) != 0) {
    status = Failed("cannot rewrite the backlog");
  }
  if (status.ok()) status = file.Commit();
  if (!status.ok()) {
    close(descriptor);
    return status;
  }
  close(std::exchange(descriptor_, descriptor));
  entries_ = std::move(entries);
  size_ = size;
  return {};
}

}  // namespace vitrt::sinks

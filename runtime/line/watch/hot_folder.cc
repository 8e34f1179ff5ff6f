#include "runtime/line/watch/hot_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "runtime/base/check.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

bool Hidden(const std::string& name) { return name.empty() || name.front() == '.'; }

}  // namespace

Result<HotFolder> HotFolder::Open(const std::string& folder, std::chrono::milliseconds settle, Accepts accepts) {
  HotFolder hot;
  hot.folder_ = folder;
  hot.settle_ = settle;
  hot.accepts_ = std::move(accepts);
  hot.inotify_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (hot.inotify_ < 0) return Internal(std::string("cannot watch folders: ") + std::strerror(errno), folder);
  if (inotify_add_watch(hot.inotify_, folder.c_str(), kEvents) < 0) {
    const Status status = BadInput(std::string("cannot watch the folder: ") + std::strerror(errno), folder);
    return errno == ENOSPC ? Internal(status.what(), folder, "raise fs.inotify.max_user_watches") : status;
  }
  VITRT_RETURN_IF_ERROR(hot.Rescan());  // after the watch is set, so that no file is missed
  return hot;
}

HotFolder::HotFolder(HotFolder&& other) noexcept
    : folder_(std::move(other.folder_)),
      settle_(other.settle_),
      accepts_(std::move(other.accepts_)),
      inotify_(std::exchange(other.inotify_, -1)),
      lock_(std::exchange(other.lock_, -1)),
      arrivals_(other.arrivals_),
      candidates_(std::move(other.candidates_)),
      queue_(std::move(other.queue_)),
      removed_(std::move(other.removed_)),
      subfolders_(std::move(other.subfolders_)),
      vanished_(other.vanished_),
      moved_out_(other.moved_out_) {}

HotFolder::~HotFolder() {
  if (inotify_ >= 0) close(inotify_);
  if (lock_ >= 0) close(lock_);
}

Status HotFolder::Lock() {
  lock_ = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0 || flock(lock_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return Internal("the folder is in use", folder_,
                  "another vitrt watch is at work on it; to classify its images twice, give each --journal FILE");
}

void HotFolder::Arrived(const std::string& name, bool closed) {
  if (Hidden(name) || !accepts_(name)) return;
  const auto [at, is_new] = candidates_.try_emplace(name);
  Candidate& candidate = at->second;
  if (is_new) Enqueue(name, &candidate);
  if (!is_new && !closed) return;
  candidate.closed = closed;
  candidate.due = Clock::now();
  candidate.seen.clear();
}

Status HotFolder::ReadEvents() {
  alignas(inotify_event) char buffer[16 * 1024];
  for (;;) {
    const ssize_t size = read(inotify_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return {};  // EAGAIN: all read
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof *event + event->len);
      if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
        return BadInput("the folder was removed or renamed", folder_);
      }
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        VITRT_RETURN_IF_ERROR(Rescan());
        continue;
      }
      if (event->len == 0) continue;
      const std::string name = event->name;
      if ((event->mask & IN_ISDIR) != 0) {
        if ((event->mask & (IN_CREATE | IN_MOVED_TO)) != 0 && !Hidden(name)) subfolders_.insert(name);
        if ((event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0) subfolders_.erase(name);
      } else if ((event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
        const bool waited = Drop(name);
        vanished_ += waited;
        if (waited && (event->mask & IN_MOVED_FROM) != 0) moved_out_ = event->cookie;
        removed_.push_back(name);
      } else {
        if ((event->mask & IN_MOVED_TO) != 0 && event->cookie != 0 && event->cookie == moved_out_) {
          --vanished_;
          moved_out_ = 0;
        }
        Arrived(name, (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0);
      }
    }
  }
}

Status HotFolder::Rescan() {
  struct Found {
    fs::file_time_type time;
    std::string name;
  };
  std::vector<Found> found;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const fs::file_time_type time = at->last_write_time(gone);
    const std::string name = at->path().filename().string();
    if (!gone && at->is_directory(gone) && !Hidden(name)) subfolders_.insert(name);
    if (!gone && at->is_regular_file(gone)) found.push_back({time, name});
  }
  if (error) return BadInput("cannot read the folder: " + error.message(), folder_);
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return std::tie(a.time, a.name) < std::tie(b.time, b.name); });
  for (const Found& file : found) Arrived(file.name, false);
  return {};
}

// The change time of the inode is that of the last write or, for a file that was renamed, of that.
HotFolder::File HotFolder::Look(const std::string& name) const {
  struct stat info;
  if (stat((folder_ + "/" + name).c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {name, ""};
  File file{name, std::to_string(info.st_ino) + "-" + std::to_string(info.st_size) + "-" +
                      std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec)};
  file.closed = std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::seconds(info.st_ctim.tv_sec) + std::chrono::nanoseconds(info.st_ctim.tv_nsec)));
  return file;
}

std::string HotFolder::IdOf(const std::string& name) const { return Look(name).id; }

std::vector<std::string> HotFolder::WaitingNames() const {
  std::vector<std::string> names;
  for (const auto& [order, name] : queue_) names.push_back(name);
  return names;
}

void HotFolder::Enqueue(const std::string& name, Candidate* candidate) {
  candidate->order = arrivals_++;
  queue_.emplace(candidate->order, name);
}

bool HotFolder::Drop(const std::string& name) {
  const auto at = candidates_.find(name);
  if (at == candidates_.end()) return false;
  queue_.erase(at->second.order);
  candidates_.erase(at);
  return true;
}

std::optional<HotFolder::File> HotFolder::Next() {
  const Clock::time_point now = Clock::now();
  for (auto at = queue_.begin(); at != queue_.end();) {
    const std::string name = (at++)->second;  // Drop leaves the next one valid
    Candidate& candidate = candidates_[name];
    if (candidate.due > now) continue;
    File file = Look(name);
    file.settled = !file.id.empty() && candidate.seen == file.id;
    if (file.id.empty() || candidate.closed || file.settled) {
      if (!candidate.closed) file.closed.reset();
      Drop(name);
      if (!file.id.empty()) return file;
      ++vanished_;
    } else {
      candidate.seen = file.id;
      candidate.due = now + settle_;
    }
  }
  return std::nullopt;
}

void HotFolder::Later(const File& file) {
  const auto [at, is_new] = candidates_.try_emplace(file.name);
  if (!is_new) return;  // it has changed already
  Enqueue(file.name, &at->second);
  at->second.due = Clock::now() + settle_;
  at->second.seen = file.id;
}

std::optional<HotFolder::Clock::time_point> HotFolder::NextDue() const {
  std::optional<Clock::time_point> due;
  for (const auto& [name, candidate] : candidates_) {
    if (!due || candidate.due < *due) due = candidate.due;
  }
  return due;
}

std::vector<std::string> HotFolder::TakeRemoved() { return std::exchange(removed_, {}); }

}  // namespace vitrt::watch

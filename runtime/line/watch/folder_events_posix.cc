#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/line/watch/folder_events.h"

namespace vitrt::watch {
namespace {

constexpr uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

FolderEvent::Kind KindOf(uint32_t mask) {
  using Kind = FolderEvent::Kind;
  if ((mask & IN_DELETE) != 0) return Kind::kRemoved;
  if ((mask & IN_MOVED_FROM) != 0) return Kind::kRenamedAway;
  if ((mask & IN_MOVED_TO) != 0) return Kind::kRenamedHere;
  return (mask & IN_CLOSE_WRITE) != 0 ? Kind::kClosed : Kind::kChanged;
}

}  // namespace

struct FolderEvents::Impl {
  Impl(std::string name, int descriptor) : folder(std::move(name)), inotify(descriptor) {}
  ~Impl() { close(inotify); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string folder;
  int inotify;
};

FolderEvents::FolderEvents() = default;
FolderEvents::FolderEvents(FolderEvents&&) noexcept = default;
FolderEvents& FolderEvents::operator=(FolderEvents&&) noexcept = default;
FolderEvents::~FolderEvents() = default;

Result<FolderEvents> FolderEvents::Open(const std::string& folder) {
  const int inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0) {
    const int error = errno;
    return Internal(std::string("cannot watch folders: ") + std::strerror(error), folder,
                    error == EMFILE ? "raise fs.inotify.max_user_instances, or the limit of open files" : "");
  }
  FolderEvents events;
  events.impl_ = std::make_unique<Impl>(folder, inotify);
  if (inotify_add_watch(inotify, folder.c_str(), kEvents) >= 0) return events;
  const int error = errno;
  const std::string what = std::string("cannot watch the folder: ") + std::strerror(error);
  return error == ENOSPC ? Internal(what, folder, "raise fs.inotify.max_user_watches") : BadInput(what, folder);
}

os::Waitable FolderEvents::waitable() const { return impl_->inotify; }

Status FolderEvents::Read(const std::function<void(const FolderEvent&)>& take, const std::function<Status()>& lost) {
  alignas(inotify_event) char buffer[16 * 1024];
  for (;;) {
    const ssize_t size = read(impl_->inotify, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return {};  // EAGAIN: all read
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof *event + event->len);
      if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
        return BadInput("the folder was removed or renamed", impl_->folder);
      }
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        VITRT_RETURN_IF_ERROR(lost());
      } else if (event->len > 0) {
        take({KindOf(event->mask), event->name, (event->mask & IN_ISDIR) != 0, event->cookie});
      }
    }
  }
}

}  // namespace vitrt::watch

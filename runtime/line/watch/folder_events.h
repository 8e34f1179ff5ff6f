// What happens in a folder, as the operating system tells it: inotify(7) on Linux, ReadDirectoryChangesW on Windows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/base/os/wait.h"
#include "vitrt/status.h"

namespace vitrt::watch {

struct FolderEvent {
  enum class Kind {
    kChanged,      // made or written to; its writer may go on
    kClosed,       // written and closed; Windows does not tell of it
    kRenamedHere,  // has this name now; complete, if its writer knows how to rename
    kRemoved,
    kRenamedAway,
  };
  Kind kind;
  std::string name;
  bool folder = false;  // of what is gone Windows does not say
  uint32_t rename = 0;  // the same for both names of a file that was renamed within the folder
};

// Movable. Not thread-safe.
class FolderEvents {
 public:
  // From then on events are kept. Errors: kBadInput (no such folder), kInternal.
  static Result<FolderEvents> Open(const std::string& folder);
  FolderEvents();
  FolderEvents(FolderEvents&&) noexcept;
  FolderEvents& operator=(FolderEvents&&) noexcept;
  ~FolderEvents();

  os::Waitable waitable() const;  // happened: Read has something to read
  // All events so far, in order; `lost` where some had no room. Errors: kBadInput (the folder is gone), those of `lost`.
  Status Read(const std::function<void(const FolderEvent&)>& take, const std::function<Status()>& lost);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrt::watch

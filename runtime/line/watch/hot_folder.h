// A folder that cameras write into: which of its files are finished, each offered once per change.
//
// A file is finished when its writer closed it, when it was renamed into the folder, or, where neither was seen (there
// before the start, written over a network, linked), when it was seen not to change for the settling time. The time of
// day, which may be set, and the times of files, which may be another machine's, decide nothing. Events come from
// folder_events.h; Rescan finds changes without an event. Sub-folders and hidden files are left alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/line/watch/folder_events.h"
#include "vitrt/status.h"

namespace vitrt::watch {

// Movable. Not thread-safe.
class HotFolder {
 public:
  using Clock = std::chrono::steady_clock;
  using Accepts = std::function<bool(const std::string& name)>;

  struct File {
    std::string name;      // in the folder
    std::string id;        // changes with every change of the file: inode, size, time of modification
    bool settled = false;  // has not changed for the settling time: what is wrong with it now stays wrong
    // When its writer closed it or renamed it into the folder, as the file system says, where that was seen.
    std::optional<std::chrono::system_clock::time_point> closed = std::nullopt;
  };

  // Files that are there already are offered too, oldest first, once they have settled. Errors: kBadInput (no such
  // folder), kInternal.
  static Result<HotFolder> Open(const std::string& folder, std::chrono::milliseconds settle, Accepts accepts);
  HotFolder(HotFolder&& other) noexcept;
  HotFolder& operator=(HotFolder&&) = delete;
  ~HotFolder();

  // For as long as this object lives nobody else gets the folder's lock, whatever user or journal. Where
  // folders cannot be locked (some network file systems) everybody gets it. Errors: kInternal (taken).
  Status Lock();

  os::Waitable waitable() const { return events_.waitable(); }  // happened: ReadEvents has something to read
  // Errors: kBadInput (the folder is gone).
  Status ReadEvents();
  Status Rescan();

  // The next finished file, in the order of arrival; it is not offered again until it changes.
  std::optional<File> Next();
  // It looked unfinished: offer it again when it changes, or once it has settled.
  void Later(const File& file);
  // When Next may have something without an event; none if nothing is waiting.
  std::optional<Clock::time_point> NextDue() const;
  bool waiting() const { return !candidates_.empty(); }
  std::vector<std::string> WaitingNames() const;
  // File::id as of now; "" if it is no regular file any more.
  std::string IdOf(const std::string& name) const;

  // Files that were removed before they were offered; renaming within the folder does not count.
  int64_t vanished() const { return vanished_; }
  const std::set<std::string>& subfolders() const { return subfolders_; }  // seen, hidden ones left out

  std::vector<std::string> TakeRemoved();  // names that vanished since the last call

 private:
  struct Candidate {
    Clock::time_point due;
    uint64_t order = 0;  // of arrival
    bool closed = false;
    std::string seen;  // id when it was last looked at
  };

  HotFolder() = default;
  void Take(const FolderEvent& event);
  void Arrived(const std::string& name, bool closed);
  File Look(const std::string& name) const;  // no id: it is no regular file any more
  void Enqueue(const std::string& name, Candidate* candidate);
  bool Drop(const std::string& name);  // false: it was not waiting

  std::string folder_;
  std::chrono::milliseconds settle_{};
  Accepts accepts_;
  FolderEvents events_;
  intptr_t lock_ = -1;  // of os::LockFolder
  uint64_t arrivals_ = 0;
  std::map<std::string, Candidate> candidates_;
  std::map<uint64_t, std::string> queue_;  // the same by order
  std::vector<std::string> removed_;
  std::set<std::string> subfolders_;
  int64_t vanished_ = 0;
  uint32_t moved_out_ = 0;  // FolderEvent::rename of the waiting file that was last renamed away
};

}  // namespace vitrt::watch

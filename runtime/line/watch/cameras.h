// The folders of one `vitrt watch`, one per camera, served in turn, so that a full folder delays no other.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/line/watch/hot_folder.h"
#include "runtime/line/watch/journal.h"

namespace vitrt::watch {

struct Camera {
  std::string name;  // the folder's own; the whole path where two folders are called the same
  std::string folder;
  int index = 0;  // in the order of the command line; sub-folders follow in the order of their names
  HotFolder hot;
  Journal journal;
  std::optional<Begun> recovered = {};  // some of its lines are written
  std::set<std::string> unread = {};    // names of files that could not be opened
  size_t subfolders_said = 0;
  bool given = true, gone = false;  // named by the user, or a sub-folder; a sub-folder that was removed
  std::string directory = {};       // device and inode of the folder

  std::string PathOf(const std::string& file) const { return folder + "/" + file; }
};

struct CamerasOptions {
  std::vector<std::string> folders;
  bool subfolders = false;  // each sub-folder of these is a camera too, also one that appears later
  std::chrono::milliseconds settle{2000};
  std::string journal;  // of the one folder; "": in the state folder
  HotFolder::Accepts accepts;
  std::function<void(const std::string&)> note;
};

// Movable. Not thread-safe. A Camera stays where it is until TakeSubfolders.
class Cameras {
 public:
  // Errors: kInvalidArgument (two folders that are one, --journal for several), those of HotFolder and Journal.
  static Result<Cameras> Open(const CamerasOptions& options);

  struct Turn {
    Camera* camera;
    HotFolder::File file;
  };
  // The next finished file, round robin over the cameras that have one.
  std::optional<Turn> Next();

  // Reads the inotify events since the last call; journals drop names of removed files. Errors: kBadInput (a given
  // folder is gone).
  Status ReadEvents();
  // Finds changes for which inotify sent no event.
  Status Rescan();
  // Sub-folders that appeared become cameras. Not while an image of a camera is being written.
  Status TakeSubfolders();

  std::vector<os::Waitable> waitables() const;  // one happened: ReadEvents has something to read
  std::optional<HotFolder::Clock::time_point> NextDue() const;
  bool waiting() const;
  const std::vector<std::unique_ptr<Camera>>& all() const { return cameras_; }
  int64_t vanished() const;  // files that were removed before they were offered
  size_t subfolders_left_alone() const;

 private:
  explicit Cameras(const CamerasOptions& options) : options_(options) {}
  Status Add(const std::string& folder, bool given);
  Result<Journal> OpenJournal(const std::string& folder) const;
  std::string NameOf(const std::string& folder) const;
  void SayOfSubfolders(Camera* camera) const;

  CamerasOptions options_;
  std::vector<std::unique_ptr<Camera>> cameras_;
  std::map<std::string, int> indices_;  // by folder
  size_t turn_ = 0;
};

}  // namespace vitrt::watch

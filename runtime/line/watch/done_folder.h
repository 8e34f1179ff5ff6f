// --done: where classified images go.
#pragma once

#include <string>

#include "vitrt/status.h"

namespace vitrt::watch {

// Moves files, and never over another one. Copyable.
class DoneFolder {
 public:
  DoneFolder() = default;  // moves nothing
  // Makes the folder. Errors: kInvalidArgument (it is no folder that can be written into).
  static Result<DoneFolder> Open(const std::string& folder);

  bool on() const { return !folder_.empty(); }
  // Moves to FOLDER/BELOW/NAME, where BELOW is "" or folders to be made; a name that is taken becomes NAME-2 and so on,
  // before its extension. Nothing happens where `path` is gone. Errors: kInternal; the file is where it was.
  Status Move(const std::string& path, const std::string& below) const;

 private:
  std::string folder_;
};

// A folder's name for what may have any: '/' and control characters become '_', and so do "" and names of dots.
std::string FolderName(const std::string& text);

}  // namespace vitrt::watch

// Which images were classified, so that a restart neither loses nor repeats one.
//
// A text file, one JSON array a line: first ["vitrt-watch", 2], then
//   ["name", "id", "hash", "plan", [inode, bytes], [inode, bytes]]   this image's record is about to be written; the
//                                                                    last two tell where the result files end now
//   ["name", "id", "hash"]                                           it is written; "" for a hash that is not known
// The first kind before the result files, the second after them, each in one write: a kill leaves at most one image
// begun and not done, whose lines are then looked for in the result files (results.h). 0.1.0 wrote ["name", "id",
// [inode, bytes], [inode, bytes]]; such a journal is read, and becomes one of these when it is opened.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "runtime/base/pending_file.h"
#include "runtime/line/files/append_file.h"
#include "vitrt/status.h"

namespace vitrt::watch {

using Extents = std::array<line::FileEnd, 2>;  // of the JSON lines, of the CSV

struct Image {
  std::string name;  // in the folder
  std::string id;    // of the file: changes whenever it is written (HotFolder::File)
  std::string hash;  // of its bytes
};

struct Begun {
  Image image;
  std::string plan;  // hash
  Extents results;
};

// Trusts no line: names are those of files in one folder, lines that are none of these are skipped and counted.
// Movable. Not thread-safe; a second process that opens the same journal is refused.
class Journal {
 public:
  // Does not follow a link, and takes only a regular file that has one name and is empty or a journal. Errors:
  // kInvalidArgument (another file), kInternal (cannot be opened, or is in use).
  static Result<Journal> Open(const std::string& path);
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  // Reads a journal at another place, for instance that of an older version. Errors: as Open.
  Status TakeOver(const std::string& path);
  int bad_lines() const { return bad_lines_; }
  bool empty() const { return done_.empty() && !begun_; }

  bool Has(const std::string& name, const std::string& id) const;
  bool HasBytes(const std::string& name, const std::string& hash) const;  // whatever its id is
  // Errors: kInternal (disk full); the journal is as before.
  Status Begin(const Begun& begun);
  Status Done(const Image& image);
  // The image that was begun and not done when the last process ended.
  const std::optional<Begun>& begun() const { return begun_; }
  // Where a journal of 0.1.0 says that the result files ended; what follows there is of an image that it began.
  const std::optional<Extents>& results_of_010() const { return results_of_010_; }
  void Remember(const Begun& begun) { begun_ = begun; }
  // Drops names that are gone; the file is compacted when most of it is of such names.
  void Forget(const std::string& name) { done_.erase(name); }
  void ForgetUnless(const std::function<bool(const std::string& name)>& there);

 private:
  struct Entry {
    std::string id, hash;
  };
  Journal() = default;
  Status Read(std::string_view text);
  bool ReadLine(std::string_view line);
  Status Write(const std::string& line);
  Status Compact();
  Status CompactClosed(PendingFile* file, uint64_t bytes);
  void Compacted(uint64_t bytes);

  std::string path_;
  int descriptor_ = -1;
  uint64_t size_ = 0, lines_ = 0;
  int bad_lines_ = 0;
  bool old_form_ = false;
  std::unordered_map<std::string, Entry> done_;  // by name
  std::optional<Begun> begun_;
  std::optional<Extents> results_of_010_;
};

// Where the journal of a folder is kept unless told otherwise: in the state folder (state_folder.h), not in the folder
// itself, which whoever writes images may write to. Errors: kBadInput (no such folder), those of line::StatePath.
Result<std::string> DefaultJournalPath(const std::string& folder);

}  // namespace vitrt::watch

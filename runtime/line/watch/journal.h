// Which files were answered: what makes a restart neither lose nor repeat an image.
//
// A text file, one JSON array a line: ["name", "id", [inode, bytes], [inode, bytes]], the last two telling how far the
// result files (results.h) were written when this file was done. The line is written after the results, in one write:
// results without a line are taken back at the next start, and their file is answered then.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "vitrt/status.h"

namespace vitrt::watch {

// How far a result file is good: bytes of the file with this inode.
struct Extent {
  uint64_t inode = 0, bytes = 0;
};
using Extents = std::array<Extent, 2>;  // JSON lines, CSV

// Movable. Not thread-safe; a second process that opens the same journal is refused.
class Journal {
 public:
  // A last line that was cut short is dropped. Errors: kInternal (cannot be opened, or is in use).
  static Result<Journal> Open(const std::string& path);
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  bool Has(const std::string& name, const std::string& id) const;
  // Errors: kInternal (disk full); the journal is as before.
  Status Add(const std::string& name, const std::string& id, const Extents& results);
  // Names that are gone need no memory; the file is written anew when most of it is of such names.
  void Forget(const std::string& name) { done_.erase(name); }
  void ForgetUnless(const std::function<bool(const std::string& name)>& there);

  const Extents& results() const { return results_; }

 private:
  Journal() = default;
  Status Read();
  Status Compact();

  std::string path_;
  int descriptor_ = -1;
  uint64_t size_ = 0, lines_ = 0;
  std::unordered_map<std::string, std::string> done_;  // name -> id
  Extents results_;
};

}  // namespace vitrt::watch

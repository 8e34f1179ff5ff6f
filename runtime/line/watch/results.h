// The answers of `vitrt watch` as files: JSON lines, CSV, or both.
#pragma once

#include <array>
#include <string>

#include "runtime/line/watch/journal.h"

namespace vitrt::watch {

// Movable. Not thread-safe.
class Results {
 public:
  // "" for a file that is not wanted. What stands behind the journal's extent of the same file is taken back.
  // Errors: kInternal.
  static Result<Results> Open(const std::string& json_path, const std::string& csv_path, const std::string& csv_header,
                              const Extents& journaled);
  Results(Results&& other) noexcept;
  Results& operator=(Results&&) = delete;
  ~Results();

  // Lines end with a newline. Errors: kInternal (disk full); TakeBack what may have been written.
  Status Append(const std::string& json_line, const std::string& csv_line);
  void TakeBack(const Extents& before);
  const Extents& extents() const { return extents_; }

 private:
  Results() = default;
  Status OpenOne(size_t i, const std::string& path, const Extent& journaled);
  Status AppendTo(size_t i, const std::string& line);

  std::array<std::string, 2> paths_;
  std::array<int, 2> descriptors_ = {-1, -1};
  Extents extents_;
};

}  // namespace vitrt::watch

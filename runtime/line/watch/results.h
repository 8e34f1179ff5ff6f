// The records of `vitrt watch` as files: JSON lines, CSV, or both. They are only ever added to (append_file.h).
#pragma once

#include <array>
#include <optional>
#include <string>

#include "runtime/line/files/append_file.h"
#include "runtime/line/watch/journal.h"

namespace vitrt::watch {

using ResultLines = std::array<std::string, 2>;  // for the JSON lines, for the CSV; each ends with a newline, "": none

struct ResultPaths {
  std::string json, csv;  // "": not wanted
};

// How the lines of one image start and end, which tells them from all others.
struct LineShape {
  std::string start, end;
};

// Movable. Not thread-safe; several processes may write into the same files.
class Results {
 public:
  // max_bytes: a file that would grow above becomes FILE.1; 0: never. Errors: kInvalidArgument (a file that holds
  // something else), kInternal.
  static Result<Results> Open(const ResultPaths& paths, const std::string& csv_header, int64_t max_bytes);

  Extents ends() const;
  // Writes what there is of `lines`, and empties each once it is written. Errors: kInternal (disk full); call again
  // with the same lines.
  Status Append(ResultLines* lines);
  Status Refresh();  // after files were renamed: makes new ones now, not only for the next line
  // Which of the files are wanted, and of these, which lack the line since they ended there.
  std::array<bool, 2> Wanted() const { return {files_[0].has_value(), files_[1].has_value()}; }
  std::array<bool, 2> Missing(const Extents& since, const std::array<LineShape, 2>& shapes) const;

 private:
  std::array<std::optional<line::AppendFile>, 2> files_;
};

}  // namespace vitrt::watch

#include "runtime/line/watch/results.h"

#include "runtime/base/check.h"

namespace vitrt::watch {

Result<Results> Results::Open(const ResultPaths& paths, const std::string& csv_header, int64_t max_bytes) {
  Results results;
  if (!paths.json.empty()) {
    VITRT_ASSIGN_OR_RETURN(results.files_[0], line::AppendFile::Open(paths.json, {.kind = line::kinds::kJsonLines,
                                                                                  .max_bytes = max_bytes}));
  }
  if (!paths.csv.empty()) {
    VITRT_ASSIGN_OR_RETURN(results.files_[1], line::AppendFile::Open(paths.csv, {.kind = line::kinds::kCsvLines,
                                                                                 .header = csv_header,
                                                                                 .max_bytes = max_bytes}));
  }
  return results;
}

Extents Results::ends() const {
  Extents ends;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (files_[i]) ends[i] = files_[i]->end();
  }
  return ends;
}

Status Results::Append(ResultLines* lines) {
  for (size_t i = 0; i < files_.size(); ++i) {
    std::string& line = (*lines)[i];
    if (files_[i] && !line.empty()) VITRT_RETURN_IF_ERROR(files_[i]->Append(line));
    line.clear();
  }
  return {};
}

Status Results::Refresh() {
  for (std::optional<line::AppendFile>& file : files_) {
    if (file) VITRT_RETURN_IF_ERROR(file->Refresh());
  }
  return {};
}

std::array<bool, 2> Results::Missing(const Extents& since, const std::array<LineShape, 2>& shapes) const {
  std::array<bool, 2> missing = {};
  for (size_t i = 0; i < files_.size(); ++i) {
    missing[i] = files_[i] && !files_[i]->HasLineSince(since[i], shapes[i].start, shapes[i].end);
  }
  return missing;
}

}  // namespace vitrt::watch

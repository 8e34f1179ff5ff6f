#include "runtime/line/images/labelled_folder.h"

#include <algorithm>
#include <filesystem>

#include "runtime/line/images/image_list.h"

namespace vitrt::line {
namespace fs = std::filesystem;
namespace {

// Entries of a folder by name, hidden ones left out.
Result<std::vector<fs::path>> SortedEntries(const fs::path& dir) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().front() != '.') entries.push_back(it->path());
  }
  if (error) return BadInput("cannot read the folder: " + error.message(), dir.string());
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace

Result<LabelledFolder> ReadLabelledFolder(const std::string& dir, const std::vector<std::string>& labels, bool strict) {
  if (labels.empty())
    return InvalidArgument("the plan has no labels, so folders cannot be matched to classes", dir,
                           "convert with --labels FILE");
  Result<std::vector<fs::path>> entries = SortedEntries(dir);
  if (!entries.ok()) return entries.status();
  LabelledFolder folder;
  std::vector<int> count(labels.size(), 0);
  for (const fs::path& entry : *entries) {
    std::error_code error;
    const std::string name = entry.filename().string();
    if (!fs::is_directory(entry, error)) {
      ++folder.skipped_files;
      folder.problems.push_back("stray file, not in a class folder: " + entry.string());
      continue;
    }
    Result<std::vector<fs::path>> files = SortedEntries(entry);
    if (!files.ok()) return files.status();
    const auto label = std::find(labels.begin(), labels.end(), name);
    if (label == labels.end()) {
      folder.skipped_files += static_cast<int>(files->size());
      folder.problems.push_back("folder '" + name +
                                "' is none of the plan's classes: " + std::to_string(files->size()) + " files skipped");
      continue;
    }
    const int index = static_cast<int>(label - labels.begin());
    for (const fs::path& file : *files) {
      if (!fs::is_directory(file, error) && IsImageFile(file.string())) {
        folder.images.push_back({file.string(), index});
        ++count[index];
      } else {
        ++folder.skipped_files;
        folder.problems.push_back("not an image: " + file.string());
      }
    }
  }
  for (size_t c = 0; c < labels.size(); ++c) {
    if (count[c] == 0) folder.problems.push_back("class '" + labels[c] + "' has no images");
  }
  if (strict && !folder.problems.empty())
    return BadInput(folder.problems.front(), dir, "without --strict it is reported and left out");
  if (folder.images.empty()) return BadInput("no labelled images: expected one folder per class, with images", dir);
  return folder;
}

}  // namespace vitrt::line

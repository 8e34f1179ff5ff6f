#include "runtime/line/images/labelled_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/line/images/image_list.h"

namespace vitrt::line {
namespace {

// The last part of a name.
std::string Last(const std::string& name) { return os::NameOf(os::PathOf(name).filename()); }

// Entries of a folder by name, hidden ones left out.
Result<std::vector<std::string>> SortedEntries(const std::string& dir) {
  const auto all = os::EntriesOf(dir);
  if (!all) return BadInput(std::string("cannot read the folder: ") + std::strerror(errno), dir);
  std::vector<std::string> entries;
  for (const os::Entry& entry : *all) {
    if (entry.name.front() != '.') entries.push_back(dir.ends_with('/') ? dir + entry.name : dir + "/" + entry.name);
  }
  return entries;
}

// A name without what a text file or a file manager may have put around it: a byte order mark, white space.
std::string CleanName(const std::string& name) {
  constexpr char kMark[] = "\xef\xbb\xbf", kBlanks[] = " \t\r\n";
  const size_t begin = name.find_first_not_of(kBlanks, name.starts_with(kMark) ? sizeof(kMark) - 1 : 0);
  return begin == std::string::npos ? "" : name.substr(begin, name.find_last_not_of(kBlanks) - begin + 1);
}

// The class of a folder: the first of the labels that is its name; -1 where none is.
int ClassOf(const std::string& folder, const std::vector<std::string>& labels) {
  auto label = std::find(labels.begin(), labels.end(), folder);
  if (label == labels.end()) {
    label = std::find_if(labels.begin(), labels.end(),
                         [&](const std::string& name) { return CleanName(name) == CleanName(folder); });
  }
  return label == labels.end() ? -1 : static_cast<int>(label - labels.begin());
}

// What to say of a class that no image was found for.
std::string EmptyClass(size_t index, const std::vector<std::string>& labels) {
  const size_t first = static_cast<size_t>(std::find(labels.begin(), labels.end(), labels[index]) - labels.begin());
  if (first == index) return "class '" + labels[index] + "' has no images";
  return "classes " + std::to_string(first) + " and " + std::to_string(index) + " are both called '" + labels[index] +
         "': images of that folder count as the first";
}

}  // namespace

Result<LabelledFolder> ReadLabelledFolder(const std::string& dir, const std::vector<std::string>& labels, bool strict) {
  if (labels.empty())
    return InvalidArgument("the plan has no labels, so folders cannot be matched to classes", dir,
                           "convert with --labels FILE");
  Result<std::vector<std::string>> entries = SortedEntries(dir);
  if (!entries.ok()) return entries.status();
  LabelledFolder folder;
  std::vector<int> count(labels.size(), 0);
  for (const std::string& entry : *entries) {
    const std::string name = Last(entry);
    if (!os::IsFolder(entry)) {
      ++folder.skipped_files;
      folder.problems.push_back("stray file, not in a class folder: " + entry);
      continue;
    }
    Result<std::vector<std::string>> files = SortedEntries(entry);
    if (!files.ok()) return files.status();
    const int index = ClassOf(name, labels);
    if (index < 0) {
      folder.skipped_files += static_cast<int>(files->size());
      folder.problems.push_back("folder '" + name +
                                "' is none of the plan's classes: " + std::to_string(files->size()) + " files skipped");
      continue;
    }
    for (const std::string& file : *files) {
      const auto facts = os::Look(file);
      if (facts && facts->regular && IsImageFile(file)) {
        folder.images.push_back({file, index});
        ++count[index];
      } else {
        ++folder.skipped_files;
        folder.problems.push_back("not an image: " + file);
      }
    }
  }
  for (size_t c = 0; c < labels.size(); ++c) {
    if (count[c] == 0) folder.problems.push_back(EmptyClass(c, labels));
  }
  if (strict && !folder.problems.empty())
    return BadInput(folder.problems.front(), dir, "without --strict it is reported and left out");
  if (folder.images.empty()) return BadInput("no labelled images: expected one folder per class, with images", dir);
  return folder;
}

Result<LabelledFolder> ReadImageFolder(const std::string& dir, const std::vector<std::string>& labels, bool strict) {
  VITRT_ASSIGN_OR_RETURN(const std::vector<std::string> entries, SortedEntries(dir));
  for (const std::string& entry : entries) {
    const bool named = std::find(labels.begin(), labels.end(), Last(entry)) != labels.end();
    if (named && os::IsFolder(entry)) return ReadLabelledFolder(dir, labels, strict);
  }
  VITRT_ASSIGN_OR_RETURN(ImageList list, FindImages({dir}));
  LabelledFolder folder{.images = {}, .problems = {}, .skipped_files = list.skipped};
  if (list.skipped > 0) folder.problems.push_back("not images: " + std::to_string(list.skipped) + " files");
  if (strict && list.skipped > 0)
    return BadInput(folder.problems.front(), dir, "without --strict it is reported and left out");
  for (std::string& path : list.paths) folder.images.push_back({std::move(path), -1});
  return folder;
}

}  // namespace vitrt::line

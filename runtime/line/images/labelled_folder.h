// A folder of labelled images: DIR/<class name>/<image>, as `vitrt eval` and `vitrt calibrate` read it.
#pragma once

#include <string>
#include <vector>

#include "vitrt/status.h"

namespace vitrt::line {

struct LabelledImage {
  std::string path;
  int label = 0;  // index into the plan's labels; -1: not known
};

struct LabelledFolder {
  std::vector<LabelledImage> images;  // sorted by class, then name
  std::vector<std::string> problems;  // one line each: unknown folders, empty classes, stray files
  int skipped_files = 0;              // files under unknown folders, or that are no images by their name
};

// labels: class names of the plan, in order. A folder that is no class, a class without images and stray files are
// problems, reported and left out; with `strict` the first of them is an error (kBadInput). No image at all, or a plan
// without labels, is always an error.
Result<LabelledFolder> ReadLabelledFolder(const std::string& dir, const std::vector<std::string>& labels, bool strict);

// For work that can do without labels: as ReadLabelledFolder where a folder of `dir` is named as a class, otherwise
// every image in `dir` and below, with label -1.
Result<LabelledFolder> ReadImageFolder(const std::string& dir, const std::vector<std::string>& labels, bool strict);

}  // namespace vitrt::line

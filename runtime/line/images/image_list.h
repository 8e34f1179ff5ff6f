// The image files that command-line arguments name.
#pragma once

#include <string>
#include <vector>

#include "vitrt/status.h"

namespace vitrt::line {

struct ImageList {
  std::vector<std::string> paths;
  int skipped = 0;  // files found in folders that are no images
};

// A file stands for itself, whatever it is; a folder for the images in it and below, sorted by path: files whose name
// ends as an image's does or whose first bytes are an image's. Hidden files and folders are left out. Errors: kBadInput
// (a folder that cannot be read or has no image).
Result<ImageList> FindImages(const std::vector<std::string>& arguments);

bool HasImageName(const std::string& path);  // it ends as an image's does
// It has an image's name or an image's first bytes.
bool IsImageFile(const std::string& path);

}  // namespace vitrt::line

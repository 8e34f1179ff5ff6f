#include "runtime/line/images/image_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/image/decode.h"

namespace vitrt::line {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExtensions[] = {".png",  ".jpg", ".jpeg", ".bmp", ".tif",
                                       ".tiff", ".pbm", ".pgm",  ".ppm", ".pnm"};

bool StartsAsImage(const fs::path& path) {
  std::array<std::byte, 16> start;
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(start.data()), start.size());
  return image::LooksLikeImage(std::span(start).first(static_cast<size_t>(file.gcount())));
}

}  // namespace

bool HasImageName(const std::string& path) {
  std::string extension = os::NameOf(os::PathOf(path).extension());
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(std::begin(kExtensions), std::end(kExtensions), extension) != std::end(kExtensions);
}

bool IsImageFile(const std::string& path) { return HasImageName(path) || StartsAsImage(os::PathOf(path)); }

namespace {

// Images of a folder and those below it into `found`.
Status Collect(const std::string& folder, std::vector<std::string>* found, ImageList* list) {
  const auto entries = os::EntriesOf(folder);
  if (!entries) return BadInput(std::string("cannot read the folder: ") + std::strerror(errno), folder);
  for (const os::Entry& entry : *entries) {
    const std::string path = folder.ends_with('/') ? folder + entry.name : folder + "/" + entry.name;
    if (entry.name.starts_with('.')) continue;
    if (entry.folder && !entry.link) {  // links may lead in circles
      VITRT_RETURN_IF_ERROR(Collect(path, found, list));
    } else if (entry.regular && IsImageFile(path)) {
      found->push_back(path);
    } else if (entry.regular) {
      ++list->skipped;
    }
  }
  return {};
}

Status AddFolder(const std::string& folder, ImageList* list) {
  std::vector<std::string> found;
  VITRT_RETURN_IF_ERROR(Collect(folder, &found, list));
  if (found.empty()) return BadInput("no images in the folder", folder);
  std::sort(found.begin(), found.end());
  list->paths.insert(list->paths.end(), found.begin(), found.end());
  return {};
}

}  // namespace

Result<ImageList> FindImages(const std::vector<std::string>& arguments) {
  ImageList list;
  for (const std::string& argument : arguments) {
    if (os::IsFolder(argument)) {
      VITRT_RETURN_IF_ERROR(AddFolder(argument, &list));
    } else {
      list.paths.push_back(argument);
    }
  }
  return list;
}

}  // namespace vitrt::line

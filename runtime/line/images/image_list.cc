#include "runtime/line/images/image_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <span>
#include <system_error>

#include "runtime/base/check.h"
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

Status AddFolder(const std::string& folder, ImageList* list) {
  std::error_code error;
  std::vector<std::string> found;
  fs::recursive_directory_iterator at(os::PathOf(folder), error), end;
  for (; !error && at != end; at.increment(error)) {
    const bool hidden = os::NameOf(at->path().filename()).starts_with('.');
    if (hidden && at->is_directory()) at.disable_recursion_pending();
    if (hidden || !at->is_regular_file()) continue;
    const std::string name = os::NameOf(at->path());
    if (IsImageFile(name)) {
      found.push_back(name);
    } else {
      ++list->skipped;
    }
  }
  if (error) return BadInput("cannot read the folder: " + error.message(), folder);
  if (found.empty()) return BadInput("no images in the folder", folder);
  std::sort(found.begin(), found.end());
  list->paths.insert(list->paths.end(), found.begin(), found.end());
  return {};
}

}  // namespace

Result<ImageList> FindImages(const std::vector<std::string>& arguments) {
  ImageList list;
  for (const std::string& argument : arguments) {
    std::error_code error;
    if (fs::is_directory(os::PathOf(argument), error)) {
      VITRT_RETURN_IF_ERROR(AddFolder(argument, &list));
    } else {
      list.paths.push_back(argument);
    }
  }
  return list;
}

}  // namespace vitrt::line

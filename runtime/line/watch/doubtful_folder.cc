#include "runtime/line/watch/doubtful_folder.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "runtime/base/check.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/line/files/output_file.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPrefix = 22;          // "CCCC-HHHHHHHHHHHHHHHH-"
constexpr size_t kMaxNameLength = 200;  // of an image; the whole must stay below 255 bytes

// "0123-0123456789abcdef-a.png"
bool IsKeptName(const std::string& name) {
  const auto digits = [&](size_t from, size_t n, const char* set) {
    return name.substr(from, n).find_first_not_of(set) == name.npos;
  };
  return name.size() > kPrefix && digits(0, 4, "0123456789") && name[4] == '-' && digits(5, 16, "0123456789abcdef") &&
         name[21] == '-';
}

std::string KeptName(const DoubtfulImage& image, int per_mille) {
  char prefix[8];
  std::snprintf(prefix, sizeof prefix, "%04d-", per_mille);
  const size_t cut = image.name.size() - std::min(image.name.size(), kMaxNameLength);
  return prefix + image.hash + "-" + image.name.substr(cut);  // the end has the ending
}

uint64_t SizeOf(const std::string& path) {
  const auto facts = os::Look(path);
  return facts ? facts->bytes : 0;
}

}  // namespace

Result<DoubtfulFolder> DoubtfulFolder::Open(const DoubtfulOptions& options) {
  DoubtfulFolder folder;
  folder.options_ = options;
  if (options.folder.empty()) return folder;
  std::error_code error;
  fs::create_directories(os::PathOf(options.folder), error);
  if (!os::IsFolder(options.folder) || !os::MayMakeFilesIn(options.folder)) {
    return InvalidArgument("not a folder that can be written into", options.folder);
  }
  folder.Count();
  return folder;
}

void DoubtfulFolder::Count() {
  for (const os::Entry& entry : os::EntriesOf(options_.folder).value_or(std::vector<os::Entry>())) {
    const std::string& name = entry.name;
    if (!IsKeptName(name) || name.ends_with(".json")) continue;
    const std::string path = options_.folder + "/" + name;
    const uint64_t bytes = SizeOf(path) + SizeOf(path + ".json");
    kept_.emplace(std::atoi(name.substr(0, 4).c_str()), name, bytes);
    bytes_ += bytes;
  }
}

void DoubtfulFolder::Remove(const Kept& kept) {
  const std::string path = options_.folder + "/" + std::get<1>(kept);
  os::Remove(path);
  os::Remove(path + ".json");
  bytes_ -= std::get<2>(kept);
  kept_.erase(kept);
}

Status DoubtfulFolder::Offer(const DoubtfulImage& image) {
  if (!on() || (!image.disagreed && image.confidence >= options_.below)) return {};
  const int per_mille = image.disagreed ? 0 : static_cast<int>(std::clamp(image.confidence, 0.0, 1.0) * 1000);
  const std::string name = KeptName(image, per_mille), path = options_.folder + "/" + name;
  if (os::Look(path)) return {};  // the same bytes and the same confidence
  const uint64_t bytes = image.bytes.size() + image.json.size();
  const auto room = static_cast<uint64_t>(options_.megabytes * 1e6);
  while (bytes_ + bytes > room && !kept_.empty()) {
    if (std::get<0>(*kept_.rbegin()) <= per_mille) return {};
    Remove(Kept(*kept_.rbegin()));
  }
  if (bytes > room) return {};
  VITRT_RETURN_IF_ERROR(line::WriteFile(path + ".json", std::as_bytes(std::span(image.json))));
  VITRT_RETURN_IF_ERROR(line::WriteFile(path, image.bytes));
  kept_.emplace(per_mille, name, bytes);
  bytes_ += bytes;
  return {};
}

}  // namespace vitrt::watch

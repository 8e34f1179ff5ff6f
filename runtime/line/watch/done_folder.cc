#include "runtime/line/watch/done_folder.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/base/os/file.h"
#include "runtime/base/os/path.h"
#include "runtime/line/files/output_file.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxOfOneName = 1000000;

Status Failed(const std::string& path, int error) {
  return Internal(std::string("cannot move the classified image: ") + std::strerror(error), path);
}

bool SameFile(const std::string& a, const std::string& b) {
  const auto one = os::Look(a), other = os::Look(b);
  return one && other && one->Identity() == other->Identity();
}

// "a.png", "a-2.png", "a-3.png"
std::string Numbered(const fs::path& folder, const fs::path& name, int n) {
  if (n == 1) return os::NameOf(folder / name);
  fs::path numbered = name.stem();
  numbered += "-" + std::to_string(n);
  return os::NameOf(folder / (numbered += name.extension()));
}

// For file systems without hard links, and to another file system: an empty file takes the name first, so that nothing
// that has it is replaced.
Status MoveOntoReserved(const std::string& from, const std::string& to) {
  if (!os::Make(to)) return Failed(to, errno);
  if (os::Rename(from, to)) return {};
  Status status = errno == EXDEV ? Status() : Failed(from, errno);
  if (status.ok()) {
    const Result<FileBytes> bytes = FileBytes::Open(from, FileBytes::Mode::kRead);
    status = bytes.ok() ? line::WriteFile(to, bytes->bytes()) : bytes.status();
    if (status.ok() && !os::Remove(from)) status = Failed(from, errno);
  }
  if (!status.ok()) os::Remove(to);
  return status;
}

}  // namespace

Result<DoneFolder> DoneFolder::Open(const std::string& folder) {
  DoneFolder done;
  std::error_code error;
  fs::create_directories(os::PathOf(folder), error);
  if (!os::IsFolder(folder) || !os::MayMakeFilesIn(folder)) {
    return InvalidArgument("not a folder that can be written into", folder);
  }
  done.folder_ = folder;
  return done;
}

Status DoneFolder::Move(const std::string& path, const std::string& below) const {
  const fs::path folder = os::PathOf(folder_ + "/" + below);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Failed(os::NameOf(folder), error.value());
  for (int n = 1; n < kMaxOfOneName; ++n) {
    const std::string to = Numbered(folder, os::PathOf(path).filename(), n);
    if (os::Link(path, to)) return os::Remove(path) ? Status() : Failed(path, errno);
    if (errno == ENOENT) return {};
    if (errno == EEXIST) {
      // A kill may have come between the two steps.
      if (SameFile(path, to)) return os::Remove(path) ? Status() : Failed(path, errno);
      continue;
    }
    return MoveOntoReserved(path, to);
  }
  return Failed(path, EEXIST);
}

std::string FolderName(const std::string& text) {
  std::string name = text;
  for (char& c : name) {
    if (os::ForbiddenInNames().find(c) != std::string_view::npos || static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = '_';
  }
  return name.find_first_not_of('.') == name.npos ? name + "_" : name;
}

}  // namespace vitrt::watch

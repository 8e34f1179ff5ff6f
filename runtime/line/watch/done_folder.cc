#include "runtime/line/watch/done_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "runtime/base/check.h"
#include "runtime/base/file_bytes.h"
#include "runtime/line/files/output_file.h"

namespace vitrt::watch {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxOfOneName = 1000000;

Status Failed(const std::string& path, int error) {
  return Internal(std::string("cannot move the classified image: ") + std::strerror(error), path);
}

// "a.png", "a-2.png", "a-3.png"
std::string Numbered(const fs::path& folder, const fs::path& name, int n) {
  if (n == 1) return (folder / name).string();
  return (folder / (name.stem().string() + "-" + std::to_string(n) + name.extension().string())).string();
}

// For file systems without hard links, and to another file system: an empty file takes the name first, so that nothing
// that has it is replaced.
Status MoveOntoReserved(const std::string& from, const std::string& to) {
  const int descriptor = open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return Failed(to, errno);
  close(descriptor);
  if (rename(from.c_str(), to.c_str()) == 0) return {};
  Status status = errno == EXDEV ? Status() : Failed(from, errno);
  if (status.ok()) {
    const Result<FileBytes> bytes = FileBytes::Open(from, FileBytes::Mode::kRead);
    status = bytes.ok() ? line::WriteFile(to, bytes->bytes()) : bytes.status();
    if (status.ok() && unlink(from.c_str()) != 0) status = Failed(from, errno);
  }
  if (!status.ok()) unlink(to.c_str());
  return status;
}

}  // namespace

Result<DoneFolder> DoneFolder::Open(const std::string& folder) {
  DoneFolder done;
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error) || access(folder.c_str(), W_OK | X_OK) != 0) {
    return InvalidArgument("not a folder that can be written into", folder);
  }
  done.folder_ = folder;
  return done;
}

Status DoneFolder::Move(const std::string& path, const std::string& below) const {
  const fs::path folder = fs::path(folder_) / below;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Failed(folder.string(), error.value());
  for (int n = 1; n < kMaxOfOneName; ++n) {
    const std::string to = Numbered(folder, fs::path(path).filename(), n);
    if (link(path.c_str(), to.c_str()) == 0) return unlink(path.c_str()) == 0 ? Status() : Failed(path, errno);
    if (errno == ENOENT) return {};
    if (errno == EEXIST) {
      // A kill may have come between the two steps.
      if (fs::equivalent(path, to, error) && !error) return unlink(path.c_str()) == 0 ? Status() : Failed(path, errno);
      continue;
    }
    return MoveOntoReserved(path, to);
  }
  return Failed(path, EEXIST);
}

std::string FolderName(const std::string& text) {
  std::string name = text;
  for (char& c : name) {
    if (c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '_';
  }
  return name.find_first_not_of('.') == name.npos ? name + "_" : name;
}

}  // namespace vitrt::watch
